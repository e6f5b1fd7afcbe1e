"""Fit: as many rows of the table of tokens as the budget of a page allows."""

import pytest

from tokstats_parallel.report.contents import Column, DataTable, Kind, Page, Section
from tokstats_parallel.report.fit import fit_tokens
from tokstats_parallel.report.html import BUDGET, render


def tokens(most: int, number: int = 9000, width: int = 40) -> Section:
    rows = [(f"{at:0{width}}",) for at in range(min(most, number))]
    table = DataTable("tokens", "Caption.", (Column("text", "Token", Kind.TOKEN),), rows, can_be_searched=True)
    return Section("tokens", "Tokens", f"{len(rows)} tokens.", (table,))


def rows_in(page: Page) -> int:
    (section,) = (section for section in page.sections if section.anchor == "tokens")
    (table,) = section.blocks
    assert isinstance(table, DataTable)
    return len(table.rows)


def page_with(section: Section, words: int = 0) -> Page:
    return Page(
        "Title", ["Sentence."], [Section("first", "First", "word " * words), section, Section("end", "End", "")]
    )


def test_page_within_the_budget_keeps_its_rows() -> None:
    page = page_with(tokens(3000, number=100))
    assert fit_tokens(page, "tokens", tokens) is page


@pytest.mark.parametrize("words", [0, 20_000])
def test_table_takes_what_is_left(words: int) -> None:
    page = fit_tokens(page_with(tokens(9000), words), "tokens", tokens)
    assert 0.93 * BUDGET < len(render(page).encode()) <= BUDGET
    assert [section.anchor for section in page.sections] == ["first", "tokens", "end"]
    assert page.sections[1].lead == f"{rows_in(page)} tokens."


def test_rows_that_get_longer_when_they_are_fewer_still_fit() -> None:
    page = fit_tokens(page_with(tokens(9000)), "tokens", lambda most: tokens(most, width=44))
    assert len(render(page).encode()) <= BUDGET
    assert rows_in(page) > 1000


def test_no_room_leaves_no_row() -> None:
    page = fit_tokens(page_with(tokens(9000), words=70_000), "tokens", tokens)
    assert rows_in(page) == 0


def test_page_without_tokens_is_left_as_it_is() -> None:
    page = Page("Title", ["Sentence."], [Section("first", "First", "Lead.")])
    assert fit_tokens(page, "tokens", tokens) is page
