"""Files: writes a page, and the data behind it as CSV and SVG files."""

from collections.abc import Iterator
from pathlib import Path

from tokstats_parallel.report.charts.standalone import standalone
from tokstats_parallel.report.contents import DataTable, Figure, Page
from tokstats_parallel.report.csv_text import csv_text
from tokstats_parallel.report.html import source
from tokstats_parallel.system.atomic import replacing


def write_page(path: Path, html: str) -> None:
    """Writes a page's file; a reader of the path finds the old file or the whole new one.

    Raises:
        OSError: The file cannot be written.
    """
    with replacing(path, of="report") as temporary:
        temporary.write_text(html, "utf-8", newline="\n")


def write_data(folder: Path, page: Page) -> None:
    """Writes `NAME.csv` for every table of a page, figures' ones included, and `NAME.svg` for every figure.

    Args:
        folder: Folder; it is made if it does not exist, and other files in it stay.
        page: Page.

    Raises:
        OSError: A file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in _files(page):
        write_page(folder / name, text)


def _files(page: Page) -> Iterator[tuple[str, str]]:
    """Yields the name and the text of each file of data."""
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, Figure):
                yield f"{block.data.name}.csv", csv_text(block.data)
                yield f"{block.data.name}.svg", standalone(block.svg, source("chart.css"))
            elif isinstance(block, DataTable):
                yield f"{block.name}.csv", csv_text(block)
