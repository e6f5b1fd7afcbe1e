"""Typical tokens: an overview with a row for each language, and all numbers."""

from support.pages import rows_of

from tokstats_parallel.report.language_numbers import WORDS, LanguageNumbers
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.typical import typical


def test_overview_and_details(reported: Reported) -> None:
    numbers = LanguageNumbers.of(reported)
    section = typical(numbers)
    details = rows_of(section, "typical-tokens")
    for row, (language, found) in zip(rows_of(section, "typical-words"), numbers.typical.items(), strict=True):
        assert row["language"] == language
        own = [detail for detail in details if detail["language"] == language]
        assert [detail["word"] for detail in own] == [one.word for one in found]
        assert 6 < len(own) <= WORDS
        assert [row[f"word_{place}"] for place in range(1, 7)] == [detail["word"] for detail in own[:6]]
        assert [detail["z"] for detail in own] == sorted((detail["z"] for detail in own), reverse=True)
        assert all(detail["share"] > detail["elsewhere"] for detail in own)
