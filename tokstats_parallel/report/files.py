"""Files: checks the places of a page and of the data behind it, CSV and SVG files, and writes them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.errors import OutputError, advice, reason
from tokstats_parallel.report.charts.standalone import standalone
from tokstats_parallel.report.contents import DataTable, Figure, Page
from tokstats_parallel.report.csv_text import csv_text
from tokstats_parallel.report.html import source
from tokstats_parallel.results.text_file import check_text_file, refuse_existing, refuse_none, write_text_file
from tokstats_parallel.system.atomic import replacing

_OTHER_FOLDER = "name another folder with --data-dir"


@dataclass(frozen=True, slots=True)
class ReportPlaces:
    """Places of a page and of its data.

    Attributes:
        file: File of the page; None if it is not written to a file.
        data_dir: Folder for the data; None for none. It is made if it does not exist, and other files in it stay.
        force: Whether to replace the file, and to write into a folder that is not empty.
    """

    file: Path | None
    data_dir: Path | None = None
    force: bool = False

    def check(self, inputs: Iterable[Path]) -> None:
        """Checks, before any work is done, that all can be written.

        Args:
            inputs: Files that are read, which the page may not replace.

        Raises:
            OutputError: A place cannot be used, or something is there and may not be replaced.
        """
        if self.file is not None:
            check_text_file(self.file, inputs, refuse_none if self.force else refuse_existing)
        if self.data_dir is not None:
            with _about(self.data_dir):
                self.data_dir.mkdir(parents=True, exist_ok=True)
                if not self.force and any(self.data_dir.iterdir()):
                    raise OutputError(f"{self.data_dir}: is not empty; write into it with --force, or {_OTHER_FOLDER}")

    def write(self, page: Page, html: str) -> None:
        """Writes the data of a page, and then the page.

        Raises:
            OutputError: A file cannot be written.
        """
        if self.data_dir is not None:
            write_data(self.data_dir, page)
        if self.file is not None:
            write_text_file(self.file, html, refuse_none if self.force else refuse_existing)


def write_data(folder: Path, page: Page) -> None:
    """Writes `NAME.csv` for every table of a page, figures' ones included, and `NAME.svg` for every figure.

    Args:
        folder: Folder; other files in it stay.
        page: Page.

    Raises:
        OutputError: A file cannot be written.
    """
    with _about(folder):
        for name, text in _files(page):
            with replacing(folder / name) as temporary:
                temporary.write_text(text, "utf-8", newline="\n")


def _files(page: Page) -> Iterator[tuple[str, str]]:
    """Yields the name and the text of each file of data."""
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, Figure):
                yield f"{block.data.name}.csv", csv_text(block.data)
                yield f"{block.data.name}.svg", standalone(block.svg, source("chart.css"))
            elif isinstance(block, DataTable):
                yield f"{block.name}.csv", csv_text(block)


@contextmanager
def _about(folder: Path) -> Iterator[None]:
    """Turns an OSError about the folder of data into the error of a place that cannot be used."""
    try:
        yield
    except OSError as error:
        place = error.filename or folder
        raise OutputError(
            f"{place}: cannot be written ({reason(error)}); {advice(error, f'see to that, or {_OTHER_FOLDER}')}"
        ) from error
