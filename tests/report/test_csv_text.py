"""`report/csv_text.py`: a table comes back from its CSV, and from the link that holds it."""

import csv
import io
import re
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.report.contents import Column, DataTable, Kind
from tokstats_parallel.report.csv_text import csv_address, csv_text

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\r\x00"), max_size=20)
ROWS = st.lists(st.tuples(WORDS, st.integers(0, 10**9) | st.none(), st.floats(0, 1)), max_size=5)
COLUMNS = [Column("token", "Token", Kind.TOKEN), Column("count", "Count"), Column("share", "Share", Kind.SHARE)]


@given(ROWS)
def test_rows_come_back(rows: list[tuple[str, int | None, float]]) -> None:
    text = csv_text(DataTable("tokens", "Tokens.", COLUMNS, rows))
    head, *found = csv.reader(io.StringIO(text, newline=""))
    assert head == ["token", "count", "share"]
    assert [(token, count) for token, count, _ in found] == [
        (token, "" if count is None else str(count)) for token, count, _ in rows
    ]
    assert all(abs(float(share) - row[2]) <= 1e-5 * row[2] for (_, _, share), row in zip(found, rows, strict=True))


@given(ROWS)
def test_the_link_has_the_same_text_and_no_character_with_a_meaning(rows: list[tuple[str, int | None, float]]) -> None:
    table = DataTable("tokens", "Tokens.", COLUMNS, rows)
    head, _, data = csv_address(table).partition(",")
    assert head == "data:text/csv;charset=utf-8"
    assert re.fullmatch(r"[A-Za-z0-9_.~%,/:;=+@!*()$-]*", data)
    assert unquote(data, errors="strict") == csv_text(table)


def test_numbers_have_six_digits() -> None:
    table = DataTable("t", "T.", COLUMNS, [("a", 1234567, 1 / 3)])
    assert csv_text(table) == "token,count,share\na,1234567,0.333333\n"
