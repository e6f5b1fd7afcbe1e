"""Page maker: chooses the sections of a page about one result or about two, and makes them."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from tokstats_parallel.answers.comparison.answer import answer_comparison
from tokstats_parallel.answers.coverage import Coverage
from tokstats_parallel.answers.pieces.readings import TokenizerPieces
from tokstats_parallel.answers.pieces_in_result import coverage_of
from tokstats_parallel.report.contents import Page, Section
from tokstats_parallel.report.fit import fit_tokens
from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.of_side import of_side
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.comparison import LINES, comparison, comparison_summary, side_names
from tokstats_parallel.report.sections.coverage import coverage_section, coverage_summary
from tokstats_parallel.report.sections.five_numbers import five_numbers
from tokstats_parallel.report.sections.growth import growth_section
from tokstats_parallel.report.sections.inclusion import inclusion
from tokstats_parallel.report.sections.languages import languages
from tokstats_parallel.report.sections.rank_frequency import rank_frequency
from tokstats_parallel.report.sections.run import run_section
from tokstats_parallel.report.sections.summary import summary
from tokstats_parallel.report.sections.tokens import TOKENS, token_section
from tokstats_parallel.report.sections.typical import typical
from tokstats_parallel.results.token_stats import TokenStats

_TITLE = "which tokens its random vocabularies hold"
_TITLE_OF_TWO = "how their random vocabularies differ"
_NOTES = (
    (
        "Successive vocabularies of a language are drawn from pools that share most of their texts, so they are not "
        "independent: a share of n batches is known less well than n independent ones would tell."
    ),
    "Numbers of this page are aggregates of the result's files; the files beside it have every token.",
)
MOST_TOKENS = 3000
"""Largest number of rows of the table of tokens; the budget of a page usually allows fewer."""


def make_page(stats: TokenStats, other: TokenStats | None = None, tokenizers: Sequence[TokenizerPieces] = ()) -> Page:
    """Makes the page about a result, or about two.

    Args:
        stats: The result.
        other: Another result to compare with the first one. The page then says what differs, and has the first result
            at length and the other in short.
        tokenizers: Pieces of existing tokenizers; the page shows their coverage by the first result.

    Raises:
        ResultError: A file of a result is damaged.
    """
    # Both results are read and forgotten before one is read to stay, so that two are in memory only to be compared.
    answer = None if other is None else answer_comparison(_a_path(stats), _a_path(other), (), LINES)
    of_b = [] if other is None else _short(_a_path(other))
    result = Reported.of(stats)
    numbers = LanguageNumbers.of(result)
    coverage = coverage_of(stats, tokenizers) if tokenizers else None
    covered = coverage_summary(coverage) if coverage else []
    sections = list(_sections(result, numbers, coverage))
    tokens = [token_section(result, numbers.typical, MOST_TOKENS)] if len(result.sampled.total) else []
    if answer is None:
        sentences = [*summary(result, numbers), *covered]
        page = Page(f"{result.name}: {_TITLE}", sentences, [*sections, *tokens], _NOTES)
        return fit_tokens(page, TOKENS, partial(token_section, result, numbers.typical))
    of_a = [of_side(one, "A") for one in (*sections, *tokens)]
    at = len(sections)
    page = Page(
        f"{' and '.join(side_names(answer))}: {_TITLE_OF_TWO}",
        [*comparison_summary(answer), *covered],
        [comparison(answer), *of_a[:at], *of_b, *of_a[at:]],  # the longest table is the last
        _NOTES,
    )
    return fit_tokens(page, f"a-{TOKENS}", lambda most: of_side(token_section(result, numbers.typical, most), "A"))


def _sections(result: Reported, numbers: LanguageNumbers, coverage: Coverage | None) -> Iterator[Section]:
    """Yields the sections about a result but the one of its tokens, the most important first."""
    yield five_numbers(result)
    if coverage:
        yield coverage_section(coverage)
    if numbers.gains:
        yield languages(numbers)
    if any(numbers.typical.values()):
        yield typical(numbers)
    if len(result.sampled.total):
        yield rank_frequency(result)
        yield inclusion(result)
    if section := growth_section(result):
        yield section
    yield run_section(result)


def _short(other: Path) -> list[Section]:
    """Returns the sections about the result with which another is compared; its columns are forgotten."""
    result = Reported.of(TokenStats.load(other))
    return [of_side(section, "B") for section in (five_numbers(result), run_section(result))]


def _a_path(stats: TokenStats) -> Path:
    """Returns the path of a file of a result that is there."""
    return next(path for path in (stats.paths.json, stats.paths.parquet) if path.exists())
