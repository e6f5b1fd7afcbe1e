"""Command line of `prepare`: the published form, the sources, errors in one line."""

import json
import os
import re
import subprocess
import sys
import time
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from support.paths import ROOT

from tokstats_parallel.commands import main as entry
from tokstats_parallel.commands import prepare as command
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.prepare.options import FolderOptions, HubOptions, PrepareOptions
from tokstats_parallel.prepare.report import BarReport, LineReport, open_report, print_summary
from tokstats_parallel.prepare.result import LanguageResult
from tokstats_parallel.prepare.sources.list_files import THIRD_PARTY_FOLDERS
from tokstats_parallel.prepare.writer import SealedFile


def main(words: list[str]) -> int:
    return entry.main(["prepare", *words])


@pytest.fixture
def given_options(monkeypatch: pytest.MonkeyPatch) -> list[PrepareOptions]:
    """Options of command lines; nothing is run."""
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
        ("--include-langs c --out-train-dir D --from-dir", 2, "--from-dir"),
        (
            "--include-langs c --out-train-dir D --from-parquet a --from-jsonl b --repo c/d",
            2,
            "--from-parquet, --from-jsonl: give only one of them",
        ),
        (
            "--include-langs c --out-train-dir D --from-dir a --repo c/d --column t --revision r",
            2,
            "--from-dir, --repo, --revision, --column: do not go together",
        ),
        ("--include-langs c --out-train-dir D --from-jsonl a --map .h=c", 2, "--from-jsonl, --map: do not go together"),
        (
            "--include-langs c --out-train-dir D --map .h=c --max-file-bytes 9",
            2,
            "--map, --max-file-bytes: only with --from",
        ),
        ("--include-langs c --out-train-dir s3://b/D", 2, "s3:/b/D: is an address"),
        ("--include-langs c --out-train-dir D --from-parquet hf://datasets/a/b", 2, "hf:/datasets/a/b: is an address"),
        ("--include-langs c --out-train-dir D --valid-percent 2", 2, "--valid-percent: only with --out-valid-dir"),
        (
            "--include-langs c --out-train-dir D --out-valid-dir V --from-dir a --valid-percent 100",
            2,
            "must be below 100",
        ),
        (
            "--include-langs c --out-train-dir D --from-dir a --max-file-bytes 0",
            2,
            "--max-file-bytes: must be at least 1",
        ),
    ],
)
def test_errors_are_one_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: str, code: int, line: str
) -> None:
    assert main(arguments.format(tmp_path).split()) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("tokstats: error: ")
    assert line in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("repo", ["a/b/c", "a b", "x..y", "a--b/c", "a/b.git", "/a", "a/", ".a", "a" * 97, ""])
def test_a_repository_that_cannot_be(capsys: pytest.CaptureFixture[str], tmp_path: Path, repo: str) -> None:
    assert main(["--include-langs", "c", "--out-train-dir", str(tmp_path / "D"), "--repo", repo]) == 2
    line = f"tokstats: error: --repo: {repo!r} is no name of a data set; give owner/name\n"
    assert capsys.readouterr().err == line
    assert not (tmp_path / "D").exists()


@pytest.mark.parametrize("repo", ["squad", "bigcode/starcoderdata", "a/b", "Foo-BAR_foo.bar123", "_x/1.0-y_"])
def test_a_repository_that_can_be(given_options: list[PrepareOptions], repo: str) -> None:
    main(["--include-langs", "c", "--out-train-dir", "D", "--repo", repo])
    assert given_options[0].source == HubOptions(repo=repo)


@pytest.mark.parametrize(
    "line", ["--from-dir a b --map .h=cpp .x=c", "--from-dir a --map .h=cpp --from-dir b --map .x=c"]
)
def test_flags_of_many_values(given_options: list[PrepareOptions], line: str) -> None:
    main([*line.split(), "--include-langs", "c", "cpp", "--out-train-dir", "D"])
    roots = (Path("a").resolve(), Path("b").resolve())
    assert given_options[0].source == FolderOptions(roots=roots, mapping={".h": "cpp", ".x": "c"})


def test_the_help_names_the_folders_that_are_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    words = capsys.readouterr().out.replace("│", " ").replace(",", " ").replace(". ", " ").split()
    assert sorted(THIRD_PARTY_FOLDERS - set(words)) == []


def test_an_interrupt(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def prepare(*_options: object, **_others: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "prepare", prepare)
    assert main(["--include-langs", "c", "--out-train-dir", "D"]) == 130
    assert capsys.readouterr().err == "tokstats: interrupted; the same command goes on from here\n"


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
    assert (done.returncode, done.stderr) == (0, "tokstats: cpp: begins\ntokstats: cpp, final files: begins\n")
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
    assert err == "tokstats: go: the source ends 3 rows short of 5\n"
    (row,) = (line for line in out.splitlines() if "go" in line)
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        "go",
        "2 (short)",
        "0.0 MB",
        "-",
        "-",
        "null 1",
    ]


def test_the_next_command_can_be_pasted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "go.jsonl").write_text('{"text": "x"}')
    line = ["--from-jsonl", str(tmp_path), "--out-train-dir", str(tmp_path / "a b"), "--include-langs", "go"]
    assert main(line) == 0
    out = capsys.readouterr().out
    quoted = (
        f"next: tokstats validate CONFIG --set 'train_directory={tmp_path}/a b' (CONFIG is the config of your training)"
    )
    assert out.splitlines()[-1] == quoted
    assert main([*line, "--quiet"]) == 0
    assert "next:" not in capsys.readouterr().out


def test_the_summary_cuts_neither_names_nor_numbers() -> None:
    name = "github-issues-filtered-structured"
    train, valid = SealedFile(2_000_000, 12_300_000_000, 0, ""), SealedFile(20_000, 123_400_000, 0, "")
    results = [
        LanguageResult(name, train, valid, 5, {"null": 1_234, "not UTF-8": 12}, 0),
        LanguageResult("go", train, None, 0, {}, 0),
    ]
    shown = {}
    for width in (80, 200):
        stdout = StringIO()
        print_summary(results, PatientConsole(width=width, file=stdout))
        assert max(map(len, stdout.getvalue().splitlines())) <= width
        shown[width] = [[cell.strip() for cell in line.split("│")] for line in stdout.getvalue().splitlines()]
    numbers = ["2,000,000", "12.3", "20,000", "123.4"]
    assert [cells[:5] for cells in shown[80] if name in cells] == [[name, *numbers]]
    assert [
        name,
        "2,000,000 (short)",
        "12.3 GB",
        "20,000",
        "123.4 MB",
        "not UTF-8 12, null 1,234",
    ] in shown[200]
    reasons = " ".join(cells[5] for cells in shown[80] if len(cells) == 6).split()
    assert reasons == ["not", "UTF-8", "12,", "null", "1,234", "nothing"]


def test_a_reader_of_the_summary_that_goes_away(tmp_path: Path) -> None:
    (tmp_path / "go.jsonl").write_text('{"text": "x"}')
    line = f"--from-jsonl {tmp_path} --out-train-dir {tmp_path}/D --include-langs go"
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = subprocess.run(
            [sys.executable, "scripts/prepare_code.py", *line.split()], cwd=ROOT, stdout=pipe, stderr=subprocess.PIPE,
            env={"PYTHONPATH": str(ROOT)}, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "D" / "go.parquet").exists()


@pytest.mark.parametrize(("terminal", "kind"), [(True, BarReport), (False, LineReport)])
def test_colours_alone_make_no_bars(monkeypatch: pytest.MonkeyPatch, *, terminal: bool, kind: type) -> None:
    for name in ("TTY_COMPATIBLE", "TTY_INTERACTIVE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    stderr = StringIO()
    monkeypatch.setattr(stderr, "isatty", lambda: terminal)
    monkeypatch.setattr(sys, "stderr", stderr)
    assert type(open_report(quiet=False)) is kind


def test_lines_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stderr = StringIO()
    with LineReport(PatientConsole(width=200, file=stderr)) as report:
        report.begin("go", rows=1_000, text_bytes=5_000_000, asked=2_000)
        report.advance(10, 1_000_000)
        now[0] = 5.0
        report.advance(10, 1_000_000)
        report.begin("c", rows=0, text_bytes=0, asked=None)
        now[0] = 11.0
        report.advance(1, 100_000)
    assert stderr.getvalue().splitlines() == [
        "tokstats: go: goes on after 1,000 rows",
        "tokstats: go: 1,020 of 2,000 rows, 7.0 MB",
        "tokstats: c: begins",
        "tokstats: c: 1 rows, 0.1 MB",
    ]


def test_bars_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    console = PatientConsole(width=120, force_terminal=True, stderr=True)
    with BarReport(console) as report:
        report.begin("go", rows=0, text_bytes=0, asked=10)
        report.advance(10, 2_000_000)
        report.note("a notice [not markup]")
    err = capsys.readouterr().err
    assert "10 rows, 2.0 MB" in err
    assert "a notice [not markup]" in err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo terminal")
def test_the_summary_stays_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "go.jsonl").write_text('{"text": "x"}')
    line = f"--from-jsonl {tmp_path} --out-train-dir {tmp_path}/D --include-langs go"
    ours, theirs = os.openpty()
    done = subprocess.run(
        [sys.executable, "scripts/prepare_code.py", *line.split()], cwd=ROOT, stdout=theirs, stderr=theirs,
        env={"PYTHONPATH": str(ROOT), "TERM": "xterm", "COLUMNS": "80"}, check=False,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # at the end
        while more := os.read(ours, 1 << 16):
            shown += more
    os.close(ours)
    assert done.returncode == 0
    bars, title, table = shown.partition(b"Prepared")
    assert b"final files" in bars
    assert title
    # Going up or erasing is how live bars are drawn over what is there.
    assert not re.search(rb"\x1b\[\d*[AJK]", table)
