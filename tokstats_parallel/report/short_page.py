"""Short page: what a page says at first sight, as HTML without style or script, for a cell of a notebook."""

from collections.abc import Sequence

from tokstats_parallel.answers.top import TopQuestion, top_tokens
from tokstats_parallel.report.contents import Column, DataTable, KeyNumber, Kind
from tokstats_parallel.report.html import render_cell
from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.five_numbers import key_numbers
from tokstats_parallel.report.sections.summary import summary
from tokstats_parallel.results.token_stats import TokenStats

_TOKENS = 10
_MORE = (
    "`tokstats_parallel.write_report` writes the page with charts, languages and thousands of tokens; "
    "`to_pandas()`, `to_polars()` and `to_arrow()` have all of them."
)


def short_page(stats: TokenStats) -> str:
    """Returns the summary of a result, its five numbers and its most frequent sampled tokens.

    Raises:
        ResultError: A file of the result is damaged.
    """
    result = Reported.of(stats)
    sentences = summary(result, LanguageNumbers.of(result, words=0))
    return render_cell(sentences, [_numbers(key_numbers(result)), _tokens(stats)], _MORE)


def _numbers(numbers: Sequence[KeyNumber]) -> DataTable:
    return DataTable(
        "numbers",
        "Sampled tokens in five numbers.",
        (
            Column("number", "Tokens", Kind.TEXT),
            Column("value", "Number", Kind.TEXT),
            Column("meaning", "Meaning", Kind.TEXT),
            Column("note", "Also", Kind.TEXT),
        ),
        [(one.label, one.value, one.meaning, one.note) for one in numbers],
    )


def _tokens(stats: TokenStats) -> DataTable:
    top = top_tokens(stats, TopQuestion(most=_TOKENS, sampled=True))
    return DataTable(
        "tokens",
        f"The {len(top.tokens)} most frequent sampled tokens.",
        (
            Column("text", "Token", Kind.TOKEN),
            Column("kind", "Kind", Kind.TEXT),
            Column("share", "Share of the vocabularies", Kind.SHARE, 2),
            Column("count", "Count"),
        ),
        [(one.text, one.kind, one.count / stats.batches, one.count) for one in top.tokens],
    )
