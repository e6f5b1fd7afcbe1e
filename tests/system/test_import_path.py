"""Import path: no folder of the caller is in it, unless this package lies there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.paths import ROOT

from tokstats_parallel.system.import_path import environment_without_callers_folders, leave_out_callers_folders


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(sys.modules["__main__"], "__file__", str(tmp_path / "bin" / "command"), raising=False)
    return tmp_path


def left(monkeypatch: pytest.MonkeyPatch, *entries: object) -> list[str]:
    monkeypatch.setattr(sys, "path", list(map(str, entries)))
    leave_out_callers_folders()
    return sys.path


def test_the_callers_folders_are_left_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "lib:/elsewhere")
    (place / "link").symlink_to(place)
    entries = ["", place / "bin", place / "lib", "/elsewhere", place / "link", place, place / "site-packages"]
    assert left(monkeypatch, *entries) == ["/elsewhere", str(place / "site-packages")]


@pytest.mark.usefixtures("place")
def test_a_folder_that_holds_this_package_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert left(monkeypatch, "", "/elsewhere") == ["/elsewhere", str(ROOT)]
    assert left(monkeypatch, "/elsewhere") == ["/elsewhere"]


def test_a_link_to_the_command(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "opt").mkdir()
    (place / "opt" / "command").touch()
    (place / "bin").mkdir()
    (place / "bin" / "command").symlink_to(place / "opt" / "command")
    assert left(monkeypatch, place / "opt", place / "bin", "/elsewhere") == ["/elsewhere"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [("", None), (":", None), (":/one:.:/two:lib:", "/one:/two"), ("{0}:/one:{0}/bin:{0}/lib", "/one:{0}/lib")],
)
def test_the_variable_for_children(given: str, kept: str | None, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", given.format(place))
    environment = environment_without_callers_folders()
    assert environment.get("PYTHONPATH") == (kept.format(place) if kept else None)
    assert environment == {key: environment.get(key, value) for key, value in os.environ.items() if key in environment}


def test_a_working_folder_that_is_gone(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "gone").mkdir()
    monkeypatch.chdir(place / "gone")
    (place / "gone").rmdir()
    assert left(monkeypatch, "", "/elsewhere") == ["/elsewhere"]


@pytest.mark.parametrize("start", [["-m", "tokstats_parallel"], [str(ROOT / "scripts" / "collect_token_stats.py")]])
def test_the_command_runs_no_file_of_the_working_folder(start: list[str], tmp_path: Path) -> None:
    for name in ("random", "tokenize", "rich", "cyclopts", "numpy", "pyarrow", "psutil", "pydantic"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('a decoy')")
    paths = [str(ROOT)] if start[0] == "-m" else [str(ROOT), ""]
    done = subprocess.run(
        [sys.executable, *start, "--help"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.returncode) == ("", 0)
