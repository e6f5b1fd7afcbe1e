"""Typical tokens: the tokens that tell a language from all others."""

from collections.abc import Mapping, Sequence

from tokstats_parallel.answers.comparison.typical_tokens import TypicalToken
from tokstats_parallel.report.contents import Cell, Column, DataTable, Kind, Section
from tokstats_parallel.report.language_numbers import LanguageNumbers

_IN_A_ROW = 6


def typical(numbers: LanguageNumbers) -> Section:
    """Makes the section about the languages of a result."""
    lead = (
        "Words that the vocabularies of a language hold more than those of all other languages together, ordered by "
        "how large and how certain the difference is."
    )
    blocks = (_overview(numbers.typical), _details(numbers.typical))
    return Section("typical", "Most typical tokens of each language", lead, blocks)


def _overview(found: Mapping[str, Sequence[TypicalToken]]) -> DataTable:
    rows: list[Sequence[Cell]] = []
    for language, tokens in found.items():
        words = [token.word for token in tokens[:_IN_A_ROW]]
        rows.append((language, *words, *[None] * (_IN_A_ROW - len(words))))
    return DataTable(
        "typical-words",
        "Most typical words of each language. A word is shown as far as its tokens show it.",
        (
            Column("language", "Language", Kind.TEXT),
            *(Column(f"word_{place}", f"{place}", Kind.TOKEN) for place in range(1, _IN_A_ROW + 1)),
        ),
        rows,
    )


def _details(found: Mapping[str, Sequence[TypicalToken]]) -> DataTable:
    return DataTable(
        "typical-tokens",
        "Most typical tokens of each language by the z-score of their log odds with a prior (as Monroe, Colaresi and "
        "Quinn 2008). Batches count as fewer than they are, since the pools of successive batches overlap. Tokens "
        "that are parts of one word make one row, with the strongest of them.",
        (
            Column("language", "Language", Kind.TEXT),
            Column("word", "Word", Kind.TOKEN),
            Column("token", "Strongest token", Kind.TOKEN),
            Column("tokens", "Tokens of the word"),
            Column("share", "Share of its vocabularies", Kind.SHARE),
            Column("elsewhere", "Share elsewhere", Kind.SHARE),
            Column("log_odds", "Log odds", Kind.NUMBER),
            Column("z", "z", Kind.NUMBER),
        ),
        [
            (language, one.word, one.token.text, one.fragments, one.share, one.elsewhere, one.log_odds, one.z)
            for language, tokens in found.items()
            for one in tokens
        ],
    )
