"""The page in short form: what a notebook shows needs no style and no script, and takes none to the notebook."""

from pathlib import Path

import pytest
from support.page_reader import PageReader
from support.report_results import HOSTILE, odd_results
from support.small_result import small_result

from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.five_numbers import key_numbers
from tokstats_parallel.report.sections.summary import summary
from tokstats_parallel.report.short_page import short_page

ALLOWED = {"div", "p", "code", "table", "caption", "thead", "tbody", "tr", "th", "td", "bdi"}


def test_it_says_what_the_page_says_at_first_sight(reported: Reported) -> None:
    page = PageReader.read(short_page(reported.stats))
    sentences = summary(reported, LanguageNumbers.of(reported))
    assert [element.text for element in page.all("p")][: len(sentences)] == sentences
    numbers, tokens = page.all("table")
    cells = [[cell.text.strip() for cell in row.children] for row in numbers.all("tr")[1:]]
    assert cells == [[one.label, one.value, one.meaning, one.note] for one in key_numbers(reported)]
    counts = [row.children[-1].text.strip() for row in tokens.all("tr")[1:]]
    assert counts == [f"{count:,}" for _, count in reported.stats.top(10, sampled=True)]
    assert {cell.attributes["scope"] for cell in page.all("th")} == {"col", "row"}


def test_it_takes_no_style_and_no_script_to_the_page_around_it(reported: Reported) -> None:
    page = PageReader.read(short_page(reported.stats))
    assert {element.tag for element in page.elements} <= ALLOWED
    assert {name for element in page.elements for name in element.attributes} <= {"scope"}


def test_hostile_tokens_stay_in_their_cells(tmp_path: Path) -> None:
    stats = small_result(tmp_path / "made", {"<i>": (9, dict.fromkeys(HOSTILE, 3)), "c": (9, {b"ab": 2})})
    html = short_page(stats)
    page = PageReader.read(html)
    assert {element.tag for element in page.elements} <= ALLOWED
    assert "\u202e" not in html
    assert "</script>" in {element.text for element in page.all("bdi")}
    assert "<i> 9" in page.all("p")[-2].text


@pytest.mark.usefixtures("tmp_path")
def test_every_odd_result_has_one(tmp_path: Path) -> None:
    for name, stats in odd_results(tmp_path).items():
        page = PageReader.read(short_page(stats))
        assert len(page.all("table")) == 2, name
        assert len(page.all("tr")) >= 7, name
