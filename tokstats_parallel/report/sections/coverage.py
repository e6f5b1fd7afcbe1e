"""Coverage: how the vocabularies of a run cover the pieces of given tokenizers."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from tokstats_parallel.answers.coverage import BINS, Coverage, Share, TokenizerCoverage
from tokstats_parallel.report.charts.bar_chart import Bar, bar_chart
from tokstats_parallel.report.charts.chart import Axis
from tokstats_parallel.report.contents import Block, Cell, Column, DataTable, Figure, Kind, Section
from tokstats_parallel.report.words import percent

_BINS = ("0 %", *(f"{100 * at // BINS} to {100 * (at + 1) // BINS} %" for at in range(BINS)), "100 %")
_ALL = "all batches"
_PARTS = 2
"""Number of parts of a path that are shown: a file is often `tokenizer.json` in a folder with the model's name."""


def coverage_section(coverage: Coverage) -> Section:
    """Makes the section about one tokenizer or more."""
    blocks: list[Block] = [_shares(coverage)]
    blocks += [_histogram(one, number) for number, one in enumerate(coverage.tokenizers, 1)]
    if rows := list(_reasons(coverage)):
        blocks.append(_never(rows))
    return Section("coverage", "Coverage of given tokenizers", " ".join(map(_sentence, coverage.tokenizers)), blocks)


def coverage_summary(coverage: Coverage) -> list[str]:
    """Returns a sentence about each tokenizer."""
    return [_sentence(one) for one in coverage.tokenizers]


def _sentence(one: TokenizerCoverage) -> str:
    share = one.share
    if share.sampled_share is None or share.mean_inclusion is None:
        return f"All pieces of the tokenizer {_name(one)} are in every vocabulary by design."
    never = sum(one.never_sampled.values())
    return (
        f"Of the pieces of the tokenizer {_name(one)}, {percent(share.sampled_share)} were ever sampled, a piece "
        f"is in {percent(share.mean_inclusion)} of the vocabularies on average, and {never:,} pieces never were in one."
    )


def _name(one: TokenizerCoverage) -> str:
    """Returns the name of a tokenizer as given; of an absolute path, only its end, which nearly always names it."""
    path = Path(one.pieces.name)
    return "/".join(path.parts[-2:]) if path.is_absolute() and len(path.parts) > _PARTS else one.pieces.name


def _shares(coverage: Coverage) -> DataTable:
    rows: list[Sequence[Cell]] = []
    for one in coverage.tokenizers:
        for language, share in {_ALL: one.share, **one.language_shares}.items():
            rows.append((_name(one), language, *_numbers(share)))
    return DataTable(
        "coverage",
        "Pieces of each tokenizer that a vocabulary held, in all batches and in those of each language, without the "
        "pieces that every vocabulary holds by design. Pieces are compared by their bytes.",
        (
            Column("tokenizer", "Tokenizer", Kind.TEXT),
            Column("language", "Batches of", Kind.TEXT),
            Column("batches", "Batches"),
            Column("sampled", "Pieces sampled"),
            Column("sampled_share", "Share of the pieces", Kind.SHARE),
            Column("mean_inclusion", "Mean inclusion probability", Kind.SHARE),
        ),
        rows,
    )


def _numbers(share: Share) -> Sequence[Cell]:
    return share.batches, share.sampled, share.sampled_share, share.mean_inclusion


def _histogram(one: TokenizerCoverage, number: int) -> Figure:
    title = f"Inclusion probabilities of the pieces of {_name(one)}"
    rows = list(zip(_BINS, one.share.histogram, strict=True))
    return Figure(
        title,
        "Number of pieces by the share of the vocabularies that held them; a bin has its upper bound, and pieces that "
        f"no vocabulary or every vocabulary held are apart. The pieces were read so: {one.pieces.reading}.",
        bar_chart(
            [Bar(name, pieces, f"{pieces:,}") for name, pieces in rows],
            axis=Axis("pieces"),
            title=title,
            description=f"{rows[0][1]:,} pieces are in no vocabulary, {rows[-1][1]:,} in every one.",
        ),
        DataTable(
            f"coverage-histogram-{number}",
            title,
            (Column("inclusion", "Inclusion probability", Kind.TEXT), Column("pieces", "Pieces")),
            rows,
        ),
    )


def _reasons(coverage: Coverage) -> Iterator[Sequence[Cell]]:
    for one in coverage.tokenizers:
        for reason, pieces in one.never_sampled.items():
            for index in one.notable(reason):
                yield _name(one), reason, pieces, one.pieces.ids[index], one.text(index)


def _never(rows: Sequence[Sequence[Cell]]) -> DataTable:
    return DataTable(
        "never-sampled",
        "Pieces that no vocabulary held, by the reason; of each reason those with the lowest ids. "
        "`tokstats coverage RESULT TOKENIZER --csv` lists all.",
        (
            Column("tokenizer", "Tokenizer", Kind.TEXT),
            Column("reason", "Reason", Kind.TEXT),
            Column("pieces", "Pieces with this reason"),
            Column("id", "Id"),
            Column("text", "Piece", Kind.TOKEN),
        ),
        rows,
    )
