"""Lines about tokens for a terminal: tables whose cells may be any text, and numbers with few digits."""

from collections.abc import Sequence

from rich.measure import Measurement
from rich.segment import Segment, Segments
from rich.table import Table
from rich.text import Text

from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.errors import printable

_WIDEST = 10_000


def plain_table(*columns: tuple[str, str]) -> Table:
    """Makes a table without lines; each column has a heading, and `left` or `right` for the side of its cells.

    No cell is broken or cut: a token that is not whole is another token.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for heading, side in columns:
        table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=True, overflow="ignore")
    return table


def print_table(table: Table, console: PatientConsole, *, at_most: int = _WIDEST) -> None:
    """Prints a table as wide as it is, but of `at_most` columns; a narrower terminal breaks its lines."""
    wide = console.options.update(max_width=_WIDEST)
    width = min(Measurement.get(console, wide, table).maximum, at_most)
    for line in console.render_lines(table, wide.update(width=width), pad=False):
        while line and not line[-1].text.strip():
            line.pop()
        if line:
            line[-1] = Segment(line[-1].text.rstrip(), line[-1].style)
        console.print(Segments([*line, Segment.line()]), crop=False, soft_wrap=True, end="")


def add_row(table: Table, cells: Sequence[str]) -> None:
    """Adds a row of texts that may look like markup, and hold characters that a terminal would obey."""
    table.add_row(*(Text(printable(cell)) for cell in cells))


def pieces_text(pieces: float) -> str:
    """Returns a mean number of pieces, with a digit behind the point where it is small."""
    return f"{pieces:,.0f}" if pieces >= 100 or pieces == int(pieces) else f"{pieces:,.1f}"  # noqa: PLR2004 - three digits


def share_text(share: float) -> str:
    """Returns a share of an average vocabulary in percent, with a digit behind the point."""
    if share and share < 0.0005:  # noqa: PLR2004 - less than can be shown
        return "<0.1 %"
    return f"{share:.1%}".replace("%", " %")
