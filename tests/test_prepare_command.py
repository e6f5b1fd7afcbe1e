"""The command line: the published form, the sources, errors in one line."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from tokstats_parallel.prepare import HubOptions, PrepareOptions, command
from tokstats_parallel.prepare.command import main
from tokstats_parallel.prepare.report import BarReport, LineReport

ROOT = Path(__file__).parent.parent


@pytest.fixture
def given_options(monkeypatch: pytest.MonkeyPatch) -> list[PrepareOptions]:
    """The options that a command line comes to; nothing is run."""
    seen: list[PrepareOptions] = []

    def prepare(options: PrepareOptions, *, report: object) -> int:
        del report
        seen.append(options)
        return 3

    monkeypatch.setattr(command, "prepare", prepare)
    return seen


@pytest.mark.parametrize("spelling", [lambda flag: flag, lambda flag: flag.replace("_", "-")], ids=["snake", "kebab"])
def test_the_published_command_line(given_options: list[PrepareOptions], spelling: object) -> None:
    assert callable(spelling)
    line = (
        "--max_train_pages_per_language 2000 --out_train_dir D --out_valid_dir V "
        "--include_langs python javascript github-issues-filtered-structured --valid_percent 2.0"
    )
    assert main([spelling(word) if word.startswith("--") else word for word in line.split()]) == 3
    assert given_options == [
        PrepareOptions(
            languages=("python", "javascript", "github-issues-filtered-structured"),
            source=HubOptions(),
            train_directory=Path("D"),
            valid_directory=Path("V"),
            max_rows=2000,
            valid_percent=2.0,
        )
    ]


def test_the_hub_has_a_default_number_of_rows(given_options: list[PrepareOptions]) -> None:
    main(["--include-langs", "python", "--out-train-dir", "D"])
    assert given_options[0].max_rows == 2_000_000


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ("--include-langs c", 2, "--out-train-dir"),
        ("--include-langs c --out-train-dir D --out-vaild-dir V", 2, "Did you mean --out-valid-dir"),
        ("--include-langs c --out-train-dir D --from-dir a --from-jsonl b", 2, "give only one of them"),
        ("--include-langs c --out-train-dir D --from-dir a --map h=", 2, "give for example --map .h=cpp"),
        ("--include-langs c --out-train-dir D --max-train-pages-per-language 0", 2, "must be at least 1"),
        ("--include-langs c --out-train-dir {0}/D --from-dir {0}/none", 1, "not a folder"),
    ],
)
def test_errors_are_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: str, code: int, line: str
) -> None:
    assert main(arguments.format(tmp_path).split()) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ")
    assert line in err
    assert err.count("\n") == 1


def test_an_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def prepare(*_options: object, **_others: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "prepare", prepare)
    assert main(["--include-langs", "c", "--out-train-dir", "D"]) == 130
    assert capsys.readouterr().err == ("error: interrupted; give the same command again, it goes on where it stopped\n")


def test_from_a_folder_with_the_script(tmp_path: Path) -> None:
    (tmp_path / "a.h").write_text("int a;")
    line = [
        "--from-dir",
        str(tmp_path),
        "--out_train_dir",
        str(tmp_path / "D"),
        "--include_langs",
        "cpp",
        "--map",
        ".h=cpp",
    ]
    done = subprocess.run(
        [sys.executable, "scripts/prepare_code.py", *line], cwd=ROOT, capture_output=True, text=True, check=False,
        env={"PYTHONPATH": str(ROOT), "COLUMNS": "120"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "cpp: begins\ncpp, final files: begins\n")
    assert "cpp" in done.stdout
    assert pq.read_table(tmp_path / "D" / "cpp.parquet")["text"].to_pylist() == ["int a;"]


def test_the_summary_says_what_was_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    rows = [{"text": "x" * 1000}, {"text": None}, {"text": "y"}]
    (tmp_path / "go.jsonl").write_text("\n".join(map(json.dumps, rows)))
    line = f"--from-jsonl {tmp_path} --out-train-dir {tmp_path}/D --include-langs go --quiet"
    assert main([*line.split(), "--max-train-pages-per-language", "5"]) == 3
    out, err = capsys.readouterr()
    assert err == "go: the source ends 3 rows short of 5\n"
    (row,) = (line for line in out.splitlines() if "go" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "go",
        "2 (short)",
        "0.0 MB",
        "-",
        "-",
        "null 1",
    ]


def test_lines_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stderr = StringIO()
    with LineReport(Console(width=200, file=stderr)) as report:
        report.begin("go", rows=1_000, text_bytes=5_000_000, asked=2_000)
        report.advance(10, 1_000_000)
        now[0] = 5.0
        report.advance(10, 1_000_000)
        report.begin("c", rows=0, text_bytes=0, asked=None)
        now[0] = 11.0
        report.advance(1, 100_000)
    assert stderr.getvalue().splitlines() == [
        "go: goes on after 1,000 rows",
        "go: 1,020 of 2,000 rows, 7.0 MB",
        "c: begins",
        "c: 1 rows, 0.1 MB",
    ]


def test_bars_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console(width=120, force_terminal=True, stderr=True)
    with BarReport(console) as report:
        report.begin("go", rows=0, text_bytes=0, asked=10)
        report.advance(10, 2_000_000)
        report.note("a notice [not markup]")
    err = capsys.readouterr().err
    assert "10 rows, 2.0 MB" in err
    assert "a notice [not markup]" in err
