"""CSV of a table, with its names and plain numbers, and the address by which a page holds it."""

import csv
import io
from urllib.parse import quote

from tokstats_parallel.report.contents import Cell, DataTable

_PLAIN = ",/:;=+@!*()$"
"""Characters with a meaning in other addresses, but not in the data of this one."""


def csv_text(table: DataTable) -> str:
    """Returns a table as CSV (RFC 4180, but lines end with a line feed); numbers have up to six digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.name for column in table.columns])
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return text.getvalue()


def csv_address(table: DataTable) -> str:
    """Returns the CSV of a table as a `data:` address, which a link can hold."""
    return f"data:text/csv;charset=utf-8,{quote(csv_text(table), safe=_PLAIN)}"


def _plain(cell: Cell) -> str | int | None:
    return f"{cell:.6g}" if isinstance(cell, float) else cell
