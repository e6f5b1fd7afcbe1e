"""A working folder that is gone is one line, whatever is called in it."""

from collections.abc import Callable
from pathlib import Path

import pytest

import tokstats_parallel
from tokstats_parallel.commands.main import main
from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.system.working_folder import require_working_folder


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()


def test_a_folder_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    require_working_folder()


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("call", [tokstats_parallel.collect, tokstats_parallel.load_job])
def test_a_call_from_python(call: Callable[[str], object]) -> None:
    with pytest.raises(TokstatsError, match=r"^the working folder of this process is gone; change to "):
        call("/nowhere/config.json")


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize(
    "words", ["collect c.json", "c.json", "validate /c.json", "prepare --from-dir .", "cache list"]
)
def test_a_command(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("tokstats: error: the working folder of this process is gone; ")
    assert (captured.err.count("\n"), captured.out) == (1, "")


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("words", ["--version", "--help", "collect --help"])
def test_help_needs_no_folder(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == 0
    assert capsys.readouterr().err == ""
