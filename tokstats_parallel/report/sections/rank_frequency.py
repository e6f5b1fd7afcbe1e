"""Rank and frequency: the share of the batches that held the sampled token of each rank, by falling count."""

import math

from tokstats_parallel.answers.count_histogram import CountHistogram
from tokstats_parallel.report.charts.chart import Axis, Series
from tokstats_parallel.report.charts.line_chart import line_chart
from tokstats_parallel.report.contents import Cell, Column, DataTable, Figure, Kind, Section
from tokstats_parallel.report.reported import Reported, lines_note
from tokstats_parallel.report.words import fine_percent, percent

_POINTS_IN_TEN = 5
"""Number of ranks from one to ten times as much."""
_FIRST = 1000
"""Number of most frequent tokens of which the section says how frequent they are."""
_ALL = "all batches"


def rank_frequency(result: Reported) -> Section:
    """Makes the section about a result that has sampled tokens."""
    histogram = result.histograms[None]
    half, first = (histogram.sampled + 1) // 2, min(_FIRST, histogram.sampled)
    least, middle = (count / histogram.batches for count in histogram.counts_at([first, half]))
    lead = (
        f"Each of the {first:,} most frequent sampled tokens was in {percent(least)} of the vocabularies or more; half "
        f"of the {histogram.sampled:,} sampled tokens were in {fine_percent(middle)} or fewer."
    )
    return Section("ranks", "From the most to the least frequent token", lead, (_figure(result),))


def ranks_of(sampled: int) -> list[int]:
    """Returns ranks from 1 to the last one, evenly spaced by their logarithm."""
    steps = range(math.ceil(_POINTS_IN_TEN * math.log10(max(sampled, 1))))
    return sorted({*(round(10 ** (step / _POINTS_IN_TEN)) for step in steps), sampled} - {0})


def _figure(result: Reported) -> Figure:
    curves: dict[str | None, dict[int, float]] = {
        language: _shares(result.histograms[language]) for language in (None, *result.languages)
    }
    title = "Share of the vocabularies that held the token of each rank"
    thinned = " Ranks are thinned evenly on the logarithmic axis." + lines_note(result)
    drawn = [None, *result.drawn_languages]
    ranks = sorted(set().union(*curves.values()))
    rows: list[tuple[Cell, ...]] = [(rank, *(curve.get(rank) for curve in curves.values())) for rank in ranks]
    return Figure(
        title,
        "Both axes are logarithmic. Each language has the ranks and the shares of its own batches; pieces that every "
        "vocabulary holds by design are left out." + thinned,
        line_chart(
            [Series(_ALL if name is None else name, list(curves[name].items())) for name in drawn],
            x=Axis("rank of the sampled token", is_log=True),
            y=Axis("share of the vocabularies", is_log=True, is_share=True, high=1.0),
            title=title,
            description="Lines that fall from the most frequent to the least frequent sampled token.",
        ),
        DataTable(
            "rank-frequency",
            "Share of the vocabularies that held the sampled token of each rank." + thinned,
            (
                Column("rank", "Rank"),
                *(Column("share" if name is None else f"share_{name}", name or _ALL, Kind.SHARE, 3) for name in curves),
            ),
            rows,
        ),
    )


def _shares(histogram: CountHistogram) -> dict[int, float]:
    if not histogram.sampled:
        return {}
    ranks = ranks_of(histogram.sampled)
    return {rank: count / histogram.batches for rank, count in zip(ranks, histogram.counts_at(ranks), strict=True)}
