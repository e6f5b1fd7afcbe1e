"""`report/files.py`: the page is whole, and every table and drawing of it is in the folder of data."""

from pathlib import Path

import pytest
from support.drawings import read
from support.sample_page import sample_page

from tokstats_parallel.errors import OutputError
from tokstats_parallel.report.contents import DataTable, Figure, Page
from tokstats_parallel.report.csv_text import csv_text
from tokstats_parallel.report.files import ReportPlaces, write_data


@pytest.fixture(scope="module")
def page() -> Page:
    return sample_page(50)


def test_the_file_has_the_text_of_the_page(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old", "utf-8")
    ReportPlaces(path, force=True).write(Page("", [], []), "<p>␣é\n")
    assert path.read_bytes() == "<p>␣é\n".encode()
    assert list(tmp_path.iterdir()) == [path]


def test_every_table_and_every_drawing_has_a_file(page: Page, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    places = ReportPlaces(None, folder)
    places.check([])
    places.write(page, "")
    blocks = [block for section in page.sections for block in section.blocks]
    figures = [block for block in blocks if isinstance(block, Figure)]
    tables = [block for block in blocks if isinstance(block, DataTable)] + [figure.data for figure in figures]
    assert {path.name for path in folder.iterdir()} == {
        *(f"{table.name}.csv" for table in tables),
        *(f"{figure.data.name}.svg" for figure in figures),
    }
    for table in tables:
        assert (folder / f"{table.name}.csv").read_text("utf-8") == csv_text(table)
    for figure in figures:
        assert read((folder / f"{figure.data.name}.svg").read_text("utf-8"))[0].tag.endswith("style")


def test_other_files_stay(page: Page, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")
    write_data(tmp_path, page)
    assert (tmp_path / "mine.txt").read_text("utf-8") == "mine"


def test_a_folder_that_cannot_be_made_is_an_error(page: Page, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(OutputError, match=r"file/data: cannot be written \(Not a directory\)"):
        ReportPlaces(None, tmp_path / "file" / "data").check([])
    with pytest.raises(OutputError, match=r"cannot be written \(Not a directory\)"):
        write_data(tmp_path / "file" / "data", page)


def test_a_page_that_appears_meanwhile_stays(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    places = ReportPlaces(path)
    places.check([])
    path.write_text("of another process", "utf-8")
    with pytest.raises(OutputError, match="is there already"):
        places.write(page, "new")
    assert path.read_text("utf-8") == "of another process"
