"""`scripts/picture_of_report.py`: the picture of a report's first screen."""

from pathlib import Path

import picture_of_report
import pytest
from support.browser import program
from support.report_results import random_result
from support.small_result import small_result

PNG = b"\x89PNG\r\n\x1a\n"


def test_picture_has_the_size_of_a_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program("chromium")
    result = small_result(tmp_path / "made", random_result({"go": 60, "c": 40}))
    picture = tmp_path / "report.png"
    assert picture_of_report.main([str(result.paths.json), "-o", str(picture)]) == 0
    taken = picture.read_bytes()
    assert taken.startswith(PNG)
    assert (int.from_bytes(taken[16:20]), int.from_bytes(taken[20:24])) == (1280, 900)
    assert 20_000 < len(taken) < 200_000
    assert capsys.readouterr().out == f"{picture}: {len(taken):,} bytes\n"


def test_a_result_that_is_not_there_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert picture_of_report.main([str(tmp_path / "none.json"), "-o", str(tmp_path / "report.png")]) == 1
    assert capsys.readouterr().err.startswith("error: ")
    assert list(tmp_path.iterdir()) == []
