"""Tables of a page that are searched, sorted and filtered, and the files that a reader saves."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree as ET

from selenium.webdriver.common.by import By
from support.browser import Browser
from support.browser_pages import Made
from support.pages import tables_of

from tokstats_parallel.report.choices import choices_of
from tokstats_parallel.report.contents import Cell, Column, DataTable, Figure, Kind
from tokstats_parallel.report.csv_text import csv_text
from tokstats_parallel.report.rows import is_text, written
from tokstats_parallel.report.visible import visible

SHOWN = """
const cells = (row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\\x1f");
return [...document.getElementById(arguments[0]).tBodies[0].rows].filter((row) => !row.hidden).map(cells).join("\\x1e");
"""
ORDERS = "return [...document.querySelectorAll(`#${arguments[0]} thead th`)].map((head) => head.ariaSort)"
CLICK = "document.querySelectorAll(`#${arguments[0]} thead button`)[arguments[1]].click()"
NUMBER_SHOWN = "return document.querySelector(`form[data-table=${arguments[0]}] output`).value"
NOT_IN_ORDER = """
const language = new Intl.Collator("en", {numeric: true}), cells = arguments[0];
return cells.slice(1).filter((cell, at) => language.compare(cells[at], cell) * arguments[1] > 0);
"""
CHOOSE = """
const select = [...document.querySelectorAll(`form[data-table=${arguments[0]}] select`)][arguments[1]];
select.value = arguments[2];
select.dispatchEvent(new Event("change", {bubbles: true}));
"""
MOST_DOWNLOADS = 9
"""Downloads in one second that the browser allows a page."""
FOCUS = "document.querySelectorAll('.tool:not(#theme)')[arguments[0]].focus()"
UNDRAWN = "document.querySelector('main').style.contentVisibility = 'hidden'"
"""Saves the drawing of what is read from the document."""
Row = tuple[str, ...]


def searched_table(made: Made) -> DataTable:
    """Returns the longest table of a page, which is that of the tokens."""
    return [table for table in tables_of(made.page.sections) if table.can_be_searched][-1]


def lines(table: DataTable, rows: Sequence[Sequence[Cell]]) -> list[Row]:
    """Returns rows of a table as a reader sees them."""
    return [
        tuple(written(column, cell).strip() for column, cell in zip(table.columns, row, strict=True)) for row in rows
    ]


def shown(browser: Browser, name: str) -> list[Row]:
    found: str = browser.run(SHOWN, name)  # one text, since the driver takes long for many
    return [tuple(row.split("\x1f")) for row in found.split("\x1e") if row]


def said(number: int, table: DataTable) -> str:
    return f"{number:,} of {len(table.rows):,} rows"


def test_each_column_sorts(browser: Browser, made_page: Made) -> None:
    table = searched_table(made_page)
    name = f"table-{table.name}"
    browser.show(made_page.address)
    browser.run(UNDRAWN)
    expected = lines(table, table.rows)
    assert set(browser.run(ORDERS, name)) == {"none"}
    assert shown(browser, name) == expected
    value = dict(zip(expected, table.rows, strict=True))
    last = len(table.columns) - 1
    for at, column in enumerate(table.columns):
        orders = ["ascending", "descending"] if is_text(column) else ["descending", "ascending"]
        for order in orders if at in (0, last) else orders[:1]:  # a second click turns the order round
            browser.run(CLICK, name, at)
            assert browser.run(ORDERS, name) == ["none"] * at + [order] + ["none"] * (last - at)
            found = shown(browser, name)
            assert sorted(found) == sorted(expected)
            sign = 1 if order == "ascending" else -1
            if is_text(column):
                assert browser.run(NOT_IN_ORDER, [row[at] for row in found], sign) == []
            else:
                numbers = [sign * float(value[row][at] or 0) for row in found]
                assert all(one <= other + rounding(column) for one, other in pairwise(numbers)), column


def rounding(column: Column) -> float:
    """Returns how far two values of a column may be apart that a reader sees as one."""
    return 10.0 ** -(column.digits + 2) if column.kind is Kind.SHARE else 0


def test_search_finds_what_is_written_and_says_how_many(browser: Browser, made_page: Made) -> None:
    table = searched_table(made_page)
    name = f"table-{table.name}"
    browser.show(made_page.address)
    field = browser.driver.find_element(By.CSS_SELECTOR, f"form[data-table={name}] input")
    rows = lines(table, table.rows)
    for words in (rows[len(rows) // 2][0], rows[-1][1]):  # a text as people read it, and one as stored
        expected = [row for row in rows if any(folded(words) in text for text in texts(table, row))]
        field.clear()
        field.click()
        browser.write(words)
        await_number(browser, table, len(expected))
        assert shown(browser, name) == expected
    field.clear()
    field.click()
    browser.write("no token has this text")
    await_number(browser, table, 0)
    assert shown(browser, name) == []


def await_number(browser: Browser, table: DataTable, number: int) -> None:
    def told() -> str:
        return str(browser.run(NUMBER_SHOWN, f"table-{table.name}"))

    browser.until(lambda: told() == said(number, table), told)


def texts(table: DataTable, row: Row) -> list[str]:
    return [folded(cell) for cell, column in zip(row, table.columns, strict=True) if is_text(column)]


def folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).lower()


def test_filters_leave_the_rows_of_a_kind_and_of_a_language(browser: Browser, made_page: Made) -> None:
    table = searched_table(made_page)
    name = f"table-{table.name}"
    browser.show(made_page.address)
    browser.run(UNDRAWN)
    rows = lines(table, table.rows)
    for place, choice in enumerate(choices_of(table)):
        for option in choice.options:
            browser.run(CHOOSE, name, place, option.value)
            if choice.column is None:
                expected = [row for row in rows if row[int(option.value)] not in ("", "0")]
            else:
                expected = [row for row in rows if row[choice.column] == option.value]
            assert shown(browser, name) == expected
            assert browser.run(NUMBER_SHOWN, name) == said(len(expected), table)
        browser.run(CHOOSE, name, place, "")
    assert len(shown(browser, name)) == len(table.rows)


def test_numbers_and_drawings_are_saved_as_files(browser: Browser, made_page: Made) -> None:
    tables = list(tables_of(made_page.page.sections))
    figures = [block for section in made_page.page.sections for block in section.blocks if isinstance(block, Figure)]
    names = {f"{table.name}.csv" for table in tables} | {f"{figure.data.name}.svg" for figure in figures}
    for at in range(len(names)):
        if at % MOST_DOWNLOADS == 0:
            browser.show(made_page.address)
        browser.run(FOCUS, at)
        browser.press("Enter")
    files = browser.downloaded(names)
    for table in tables:
        if not table.can_be_searched:
            assert files[f"{table.name}.csv"] == csv_text(table)
        else:
            check_shown_rows(table, files[f"{table.name}.csv"])
    for figure in figures:
        check_drawing(figure, files[f"{figure.data.name}.svg"])


def check_shown_rows(table: DataTable, text: str) -> None:
    """Checks the CSV of the rows that a table shows, which has what the page has."""
    head, *rows = csv.reader(io.StringIO(text, newline=""))
    assert head == [visible(column.title) for column in table.columns]
    expected = lines(table, table.rows)
    plain = [
        tuple(
            cell if is_text(column) else cell.replace(",", "") for cell, column in zip(row, table.columns, strict=True)
        )
        for row in expected
    ]
    assert [tuple(row) for row in rows] == plain


def check_drawing(figure: Figure, text: str) -> None:
    """Checks that a saved drawing is the one of the page, with its own colours."""
    saved, own = (ET.fromstring(one) for one in (text, str(figure.svg)))  # noqa: S314 - our own
    style, ground = list(saved)[:2]
    assert [style.tag.rpartition("}")[2], ground.tag.rpartition("}")[2]] == ["style", "rect"]
    assert style.text
    assert "var(" not in style.text + text
    assert "undefined" not in style.text
    assert [facts(one) for one in list(saved.iter())[3:]] == [facts(one) for one in list(own.iter())[1:]]


def facts(element: ET.Element) -> tuple[str, dict[str, str], str]:
    return element.tag.rpartition("}")[2], dict(element.attrib), element.text or ""
