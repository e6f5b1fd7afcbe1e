"""Rows of a table as HTML, in as few bytes as its rules allow: end tags that it lets be left out are left out."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup, escape

from tokstats_parallel.report.contents import Cell, Column, DataTable, Kind
from tokstats_parallel.report.visible import visible

_ROW = Markup("<tr>{}\n")
_CELL = Markup("<td>")
_HEAD = Markup("<th scope=row>")
_SHORT_HEAD = Markup("<th>")
"""Head of a row in a long table; its scope follows from its place."""


def rows_markup(table: DataTable) -> Markup:
    """Returns the rows of a table; the first cell of each is its head."""
    return Markup().join(row_lines(table))


def row_lines(table: DataTable) -> Iterator[Markup]:
    """Yields the rows of a table."""
    head = _SHORT_HEAD if table.can_be_searched else _HEAD
    for row in table.rows:
        yield _ROW.format(head + _CELL.join(map(_content, table.columns, row)))


def written(column: Column, cell: Cell) -> str:
    """Returns a value as a reader sees it; a share that would be rounded to none or all says so: `<0.1 %`."""
    match cell:
        case None:
            return ""
        case str():
            return visible(cell)
    match column.kind:
        case Kind.COUNT:
            return f"{cell:,.0f}"
        case Kind.SHARE:
            return f"{_bounded(100 * cell, column.digits)} %"
        case _:
            return f"{cell:,.{column.digits}f}"


def is_text(column: Column) -> bool:
    """Returns whether the values of a column are words, which begin at the left."""
    return column.kind in (Kind.TEXT, Kind.TOKEN)


def left_columns(columns: Sequence[Column]) -> str:
    """Returns the classes of a table by which the style sheet has some columns begin at the left: `l1 l3`."""
    return " ".join(f"l{place}" for place, column in enumerate(columns, 1) if is_text(column))


def _content(column: Column, cell: Cell) -> Markup:
    text = escape(written(column, cell))
    return Markup("<bdi>{}</bdi>").format(text) if column.kind is Kind.TOKEN and text else text


def _bounded(percent: float, digits: int) -> str:
    """Returns a percentage with digits after the point; `0` and `100` stand for nothing else than none and all."""
    least = 10**-digits
    if 0 < percent < least / 2:
        return f"<{least:.{digits}f}"
    if 100 - least / 2 <= percent < 100:  # noqa: PLR2004 - percent
        return f">{100 - least:.{digits}f}"
    return f"{percent:.{digits}f}"
