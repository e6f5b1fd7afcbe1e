"""`report/rows.py`: cells are text whatever they hold, and numbers say what they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.page_reader import PageReader

from tokstats_parallel.report.contents import Cell, Column, DataTable, Kind
from tokstats_parallel.report.rows import left_columns, row_lines, rows_markup, written
from tokstats_parallel.report.visible import visible

WORDS = st.text(st.characters(codec="utf-8"), max_size=20)


@pytest.mark.parametrize("can_be_searched", [False, True])
@given(cells=st.lists(st.tuples(WORDS, WORDS, st.integers(0, 10**7)), max_size=5))
def test_any_text_stays_text(can_be_searched: bool, cells: list[tuple[str, str, int]]) -> None:
    columns = [Column("token", "Token", Kind.TOKEN), Column("kind", "Kind", Kind.TEXT), Column("count", "Count")]
    table = DataTable("tokens", "Tokens.", columns, cells, can_be_searched)
    reader = PageReader.read(f"<table><tbody>{rows_markup(table)}</tbody></table>")
    found = [[cell.text.rstrip("\n") for cell in row.children] for row in reader.all("tr")]
    assert found == [[visible(token), visible(kind).rstrip("\n"), f"{count:,}"] for token, kind, count in cells]
    assert {element.tag for element in reader.elements} <= {"table", "tbody", "tr", "th", "td", "bdi"}
    assert reader.comments == []


@pytest.mark.parametrize(
    ("kind", "digits", "cell", "expected"),
    [
        (Kind.COUNT, 1, 1234567, "1,234,567"),
        (Kind.COUNT, 1, None, ""),
        (Kind.SHARE, 1, 0.1234, "12.3 %"),
        (Kind.SHARE, 0, 0.5, "50 %"),
        (Kind.SHARE, 1, 0, "0.0 %"),
        (Kind.SHARE, 1, 1, "100.0 %"),
        (Kind.SHARE, 1, 0.0004, "<0.1 %"),
        (Kind.SHARE, 1, 0.0006, "0.1 %"),
        (Kind.SHARE, 1, 0.9999, ">99.9 %"),
        (Kind.SHARE, 0, 0.999, ">99 %"),
        (Kind.NUMBER, 2, 1234.5, "1,234.50"),
        (Kind.NUMBER, 1, -0.25, "-0.2"),
        (Kind.TEXT, 1, "a\u202eb", "a\\u{202E}b"),
        (Kind.SHARE, 1, "none", "none"),
    ],
)
def test_values_are_written_by_the_kind_of_their_column(kind: Kind, digits: int, cell: Cell, expected: str) -> None:
    assert written(Column("x", "X", kind, digits), cell) == expected


def test_a_row_has_a_head_with_a_scope_where_there_is_room_for_it() -> None:
    table = DataTable("t", "T.", [Column("a", "A", Kind.TEXT), Column("b", "B")], [("go", 1)])
    assert list(row_lines(table)) == ["<tr><th scope=row>go<td>1\n"]
    assert list(row_lines(DataTable("t", "T.", table.columns, table.rows, can_be_searched=True))) == [
        "<tr><th>go<td>1\n"
    ]


def test_columns_of_words_begin_at_the_left() -> None:
    columns = [
        Column("a", "A", Kind.TEXT),
        Column("b", "B"),
        Column("c", "C", Kind.TOKEN),
        Column("d", "D", Kind.SHARE),
    ]
    assert left_columns(columns) == "l1 l3"
