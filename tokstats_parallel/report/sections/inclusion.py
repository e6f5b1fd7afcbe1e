"""Inclusion: how the inclusion probability of a sampled token depends on its length and its kind."""

from collections.abc import Sequence

from tokstats_parallel.answers.inclusion_groups import (
    QUANTILES,
    InclusionGroup,
    inclusion_by_kind,
    inclusion_by_length,
)
from tokstats_parallel.report.charts.bar_chart import Bar, bar_chart
from tokstats_parallel.report.charts.chart import Axis, Series
from tokstats_parallel.report.charts.line_chart import line_chart
from tokstats_parallel.report.contents import Column, DataTable, Figure, Kind, Section
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.words import fine_percent, percent

_QUANTILE_NAMES = {0.5: "half of the tokens", 0.9: "90 % of the tokens", 0.99: "99 % of the tokens"}
_COLUMNS = (
    Column("tokens", "Tokens"),
    Column("pieces", "Pieces in a vocabulary", Kind.NUMBER),
    Column("mean", "Mean inclusion probability", Kind.SHARE, 2),
    *(
        Column(f"quantile_{100 * share:.0f}", f"{_QUANTILE_NAMES[share]} have at most", Kind.SHARE, 2)
        for share in QUANTILES
    ),
    Column("stable", "In at least half of the vocabularies"),
)


def inclusion(result: Reported) -> Section:
    """Makes the section about a result that has sampled tokens."""
    lengths = inclusion_by_length(result.stats, result.sampled)
    kinds = inclusion_by_kind(result.stats, result.sampled)
    vocabulary = result.wholes[None].vocabulary
    best, most = max(lengths, key=lambda one: one.mean), max(kinds, key=lambda one: one.pieces)
    lead = (
        f"Tokens of {best.name} bytes have the highest mean inclusion probability, {fine_percent(best.mean)}; tokens "
        f"of the kind {most.name} fill the largest part of a vocabulary, {percent(most.pieces / vocabulary)}."
    )
    blocks = (_by_length(lengths), _by_kind(kinds))
    return Section("inclusion", "Inclusion probability by length and kind", lead, blocks)


def _by_length(groups: Sequence[InclusionGroup]) -> Figure:
    title = "Inclusion probability by length"
    lines = [Series("mean", [(int(one.name), one.mean) for one in groups])]
    for at, share in enumerate(QUANTILES):
        lines.append(Series(_QUANTILE_NAMES[share], [(int(one.name), one.quantiles[at]) for one in groups]))
    return Figure(
        title,
        "Inclusion probability, which is the share of the vocabularies, of the sampled tokens of each length that were "
        "seen: the mean, and what a half, 90 % and 99 % of the tokens do not exceed.",
        line_chart(
            lines,
            x=Axis("length in bytes"),
            y=Axis("inclusion probability", is_log=True, is_share=True),
            title=title,
            description=f"Lines over lengths from {groups[0].name} to {groups[-1].name} bytes.",
        ),
        _table("lengths", Column("length", "Bytes"), "Sampled tokens by length in bytes.", groups),
    )


def _by_kind(groups: Sequence[InclusionGroup]) -> Figure:
    title = "Mean inclusion probability by kind"
    return Figure(
        title,
        "Mean inclusion probability of the sampled tokens of each kind that were seen. A kind with many rare tokens "
        "has a low mean and may still fill much of a vocabulary; the table has both.",
        bar_chart(
            [Bar(one.name, one.mean, fine_percent(one.mean)) for one in groups],
            axis=Axis("mean inclusion probability", is_share=True),
            title=title,
            description="Bars: " + ", ".join(f"{one.name} {fine_percent(one.mean)}" for one in groups) + ".",
        ),
        _table("kinds", Column("kind", "Kind", Kind.TEXT), "Sampled tokens by kind.", groups),
    )


def _table(name: str, first: Column, caption: str, groups: Sequence[InclusionGroup]) -> DataTable:
    return DataTable(
        name,
        caption,
        (first, *_COLUMNS),
        [
            (
                one.name if first.kind is Kind.TEXT else int(one.name),
                *(one.tokens, one.pieces, one.mean, *one.quantiles, one.stable),
            )
            for one in groups
        ],
    )
