"""Languages: what each language adds to the tokens of the others, and how alike the languages are."""

from collections.abc import Iterator, Sequence

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.language_matrix import LanguageMatrix
from tokstats_parallel.answers.language_gain import LanguageGain
from tokstats_parallel.report.charts.bar_chart import StackedBar, stacked_bar_chart
from tokstats_parallel.report.charts.chart import Axis
from tokstats_parallel.report.charts.heat_map import heat_map
from tokstats_parallel.report.contents import Block, Cell, Column, DataTable, Figure, Kind, Section
from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.words import percent


def languages(numbers: LanguageNumbers) -> Section:
    """Makes the section about two languages or more."""
    gains = numbers.gains
    most = max(gains, key=lambda gain: gain.only)
    lead = "No language has a sampled token that no other language has."
    if own := _own_words(gains):
        lead = (
            f"{own}. {most.language} adds the most tokens that no other language has: {most.only:,} of "
            f"{gains[-1].together:,} different ones."
        )
    if numbers.is_shared:
        lead += (
            " All languages are drawn from the same pools, so a token is counted for the language of the batch, and "
            "not for that of its text."
        )
    blocks: list[Block] = [_gain_table(gains), _gain_figure(gains)]
    if numbers.matrix is not None:
        blocks += [_overlap(numbers.matrix), _divergence(numbers.matrix)]
    return Section("languages", "Languages", lead, blocks)


def language_words(gains: Sequence[LanguageGain], matrix: LanguageMatrix | None) -> Iterator[str]:
    """Yields a sentence that says how the languages differ; none if the result does not tell them apart."""
    if matrix is None:
        return
    names, overlap = list(matrix.batches), matrix.weighted_jaccard
    most, one, other = highest(names, overlap)
    alike = f"{one} and {other} overlap by {percent(most, 0)} (weighted)"
    if len(names) > 2:  # noqa: PLR2004 - of two languages there is one overlap
        alike = f"{one} and {other} are the most alike (weighted overlap {percent(most, 0)})"
    own = _own_words(gains)
    yield f"{own}; {alike}." if own else f"{alike}."


def _own_words(gains: Sequence[LanguageGain]) -> str:
    own = max(gains, key=lambda gain: gain.only_share)
    if not own.only:
        return ""
    return (
        f"{own.language} has the most of its own: {percent(own.only_share)} of the sampled pieces of its vocabularies "
        "are in no other language"
    )


def _gain_table(gains: Sequence[LanguageGain]) -> DataTable:
    return DataTable(
        "language-gain",
        "Different sampled tokens of each language: those that no other language has, with the share of the sampled "
        "pieces of its vocabularies that they fill; and those that no language above it in the table has.",
        (
            Column("language", "Language", Kind.TEXT),
            Column("batches", "Batches"),
            Column("tokens", "Tokens"),
            Column("only", "Tokens only in it"),
            Column("only_share", "Their share of its pieces", Kind.SHARE),
            Column("new", "New to those above"),
            Column("together", "Together so far"),
        ),
        [(one.language, one.batches, one.tokens, one.only, one.only_share, one.new, one.together) for one in gains],
    )


def _gain_figure(gains: Sequence[LanguageGain]) -> Figure:
    title = "Tokens of each language, and tokens of it alone"
    return Figure(
        title,
        "Number of different sampled tokens of each language. More batches find more tokens, so languages compare well "
        "where they have about as many batches.",
        stacked_bar_chart(
            [StackedBar(one.language, (one.tokens - one.only, one.only), f"{one.tokens:,}") for one in gains],
            ("also in other languages", "only in it"),
            axis=Axis("different sampled tokens"),
            title=title,
            description="; ".join(f"{one.language}: {one.tokens:,}, {one.only:,} only in it" for one in gains),
        ),
        DataTable(
            "language-tokens",
            "Different sampled tokens of each language.",
            (
                Column("language", "Language", Kind.TEXT),
                Column("shared", "Also in other languages"),
                Column("only", "Only in it"),
            ),
            [(one.language, one.tokens - one.only, one.only) for one in gains],
        ),
    )


def _overlap(matrix: LanguageMatrix) -> Figure:
    caption = (
        "Weighted Jaccard index of each two languages: the sum of the smaller inclusion probabilities of all sampled "
        "tokens over the sum of the larger ones. 100 % are equal languages, 0 % are languages without a common token."
    )
    title, names, values = "Overlap of the languages, in percent", list(matrix.batches), matrix.weighted_jaccard
    most, one, other = highest(names, values)
    found = f"the highest overlap is {percent(most)}, of {one} and {other}"
    table = _matrix_table("weighted-jaccard", caption, names, values, Kind.SHARE)
    return Figure(title, caption, _map(names, values, title, found, is_share=True), table)


def _divergence(matrix: LanguageMatrix) -> Figure:
    caption = (
        "Jensen-Shannon divergence of each two languages, of their counts of sampled tokens over the sums: 0 are equal "
        "languages, 1 are languages without a common token."
    )
    title, names, values = "Distance of the languages, in bits", list(matrix.batches), matrix.divergence
    most, one, other = highest(names, values)
    found = f"the largest distance is {most:.2f}, of {one} and {other}"
    table = _matrix_table("jensen-shannon", caption, names, values, Kind.NUMBER)
    return Figure(title, caption, _map(names, values, title, found, is_share=False), table)


def highest(names: Sequence[str], values: NDArray[np.float64]) -> tuple[float, str, str]:
    """Returns the highest number of a symmetric matrix beside its diagonal, and the languages of its column and row."""
    pairs = [(float(values[row, at]), names[at], names[row]) for row in range(len(names)) for at in range(row)]
    return max(pairs, key=lambda pair: pair[0])


def _map(names: Sequence[str], values: NDArray[np.float64], title: str, found: str, *, is_share: bool) -> Markup:
    """Draws the lower half of a symmetric matrix; `found` says in words where its highest number is."""
    return heat_map(
        _lower_half(values),
        rows=names,
        columns=names,
        title=title,
        description=f"Matrix of {len(names)} languages; {found}.",
        digits=0 if is_share else 2,
        is_share=is_share,
    )


def _lower_half(values: NDArray[np.float64]) -> list[list[float | None]]:
    return [
        [value if at < row else None for at, value in enumerate(cells)] for row, cells in enumerate(values.tolist())
    ]


def _matrix_table(name: str, caption: str, names: Sequence[str], values: NDArray[np.float64], kind: Kind) -> DataTable:
    rows: list[Sequence[Cell]] = [(language, *cells) for language, cells in zip(names, values.tolist(), strict=True)]
    digits = 1 if kind is Kind.SHARE else 3
    columns = (Column(language, language, kind, digits) for language in names)
    return DataTable(name, caption, (Column("language", "Language", Kind.TEXT), *columns), rows)
