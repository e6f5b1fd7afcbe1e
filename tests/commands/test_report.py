"""`tokstats report`: the page it writes, what it prints, and wrong input."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.page_reader import PageReader
from support.paths import ROOT
from support.report_results import HOSTILE, random_result
from support.sentencepiece_models import NORMAL, model
from support.small_result import small_result

from tokstats_parallel.commands.main import main


@pytest.fixture
def _results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder with two results, `one` and `two`."""
    monkeypatch.chdir(tmp_path)
    small_result(tmp_path / "one", random_result({"go": 60, "c": 40}))
    small_result(tmp_path / "two", random_result({"go": 50, "c": 50}, seed=2))


def error_line(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> str:
    assert main(["report", *words]) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line.removeprefix("tokstats: error: ")


def headings(path: Path) -> list[str]:
    return [element.text for element in PageReader.read(path.read_text("utf-8")).all("h2")]


@pytest.mark.usefixtures("_results")
def test_a_page_is_written_and_its_path_and_size_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "one"]) == 0
    captured = capsys.readouterr()
    page = Path("report.html")
    assert captured.err == ""
    assert captured.out == f"{page.absolute()}: {page.stat().st_size / 1000:,.0f} kB\n"
    assert "The answer in five numbers" in headings(page)
    assert "Languages" in headings(page)
    assert sorted(path.name for path in Path().iterdir()) == ["one", "report.html", "two"]


@pytest.mark.usefixtures("_results")
def test_the_page_of_two_results_compares_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "one/result.json", "two/result.parquet", "-o", "both.html"]) == 0
    assert capsys.readouterr().out.startswith(f"{Path('both.html').absolute()}: ")
    titles = headings(Path("both.html"))
    assert {"A: The answer in five numbers", "B: The answer in five numbers"} <= set(titles)


@pytest.mark.usefixtures("_results")
def test_the_coverage_of_every_tokenizer_is_on_the_page() -> None:
    for name in ("first", "second"):
        Path(f"{name}.model").write_bytes(model([("ab", NORMAL), ("\u2581a", NORMAL)]))
    assert main(["report", "one", "--tokenizer", "first.model", "--tokenizer", "second.model"]) == 0
    page = Path("report.html").read_text("utf-8")
    assert "Coverage of given tokenizers" in headings(Path("report.html"))
    assert "first.model" in page
    assert "second.model" in page


@pytest.mark.usefixtures("_results")
def test_the_data_of_all_tables_and_drawings_are_in_their_folder(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "one", "--data-dir", "new/data"]) == 0
    folder = Path("new/data")
    assert f"{folder.absolute()}: numbers as CSV, drawings as SVG\n" in capsys.readouterr().out
    names = {path.name for path in folder.iterdir()}
    assert {"tokens.csv", "classes.csv", "growth.csv", "growth.svg"} <= names
    assert (folder / "tokens.csv").read_text("utf-8").startswith("text,token,kind,rank,share,count,count_go,count_c\n")


@pytest.mark.usefixtures("_results")
def test_a_dash_writes_the_page_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "one", "-o", "here.html"]) == 0
    capsys.readouterr()
    assert main(["report", "one", "--output-file", "-"]) == 0
    captured = capsys.readouterr()
    assert captured.out == Path("here.html").read_text("utf-8")
    assert captured.err == ""


@pytest.mark.usefixtures("_results")
def test_what_is_there_is_replaced_only_by_force(capsys: pytest.CaptureFixture[str]) -> None:
    Path("report.html").write_text("mine", "utf-8")
    line = error_line(capsys, "one")
    assert line.endswith(
        "report.html: is there already; replace it with --force, or name another file with --output-file"
    )
    assert Path("report.html").read_text("utf-8") == "mine"
    Path("data").mkdir()
    Path("data/classes.csv").write_text("mine", "utf-8")
    Path("data/other.csv").write_text("mine", "utf-8")
    line = error_line(capsys, "one", "-o", "new.html", "--data-dir", "data")
    assert line == "data: is not empty; write into it with --force, or name another folder with --data-dir"
    assert Path("data/classes.csv").read_text("utf-8") == "mine"
    assert main(["report", "one", "--data-dir", "data", "--force"]) == 0
    assert headings(Path("report.html"))
    assert Path("data/classes.csv").read_text("utf-8") != "mine"
    assert Path("data/other.csv").read_text("utf-8") == "mine"


@pytest.mark.usefixtures("_results")
@pytest.mark.parametrize("name", ["one/result.json", "one/result.parquet", "one/result.manifest.json"])
def test_no_file_of_a_result_is_replaced(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = Path(name).read_bytes()
    for words in (["one"], ["two", "one"]):
        assert "would replace what the run reads" in error_line(capsys, *words, "-o", name, "--force")
    assert Path(name).read_bytes() == before


@pytest.mark.usefixtures("_results")
@pytest.mark.parametrize(
    ("words", "said", "code"),
    [
        ([], "RESULT", 2),
        (["none.json"], "none.json: no such file", 2),
        (["one", "none.json"], "none.json: no such file", 2),
        (["one", "two", "one"], "unexpected argument: one", 2),
        (["one", "-o", "none/report.html"], "none: no such folder", 1),
        (["one", "-o", "one"], "is a folder", 1),
        (["one", "--data-dir", "one/result.json"], "one/result.json: cannot be written (File exists)", 1),
        (["one", "--tokenizer", "./none.model"], "none.model", 2),
        (["one", "--tokenizers", "x"], "--tokenizer", 2),
    ],
)
def test_wrong_input_is_one_line(words: list[str], said: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in error_line(capsys, *words, code=code)
    assert not Path("report.html").exists()


def test_hostile_tokens_stay_in_their_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    small_result(tmp_path / "made", {"<b>&'": (9, dict.fromkeys(HOSTILE, 3)), "c": (9, {b"ab": 2})})
    assert main(["report", "made"]) == 0
    page = PageReader.read(Path("report.html").read_text("utf-8"))
    assert len(page.all("script")) == 1
    assert "<b>\"'&amp;" in {element.text for element in page.all("bdi")}


@pytest.mark.usefixtures("_results")
def test_a_closed_stdout_takes_no_page_but_only_the_line_about_it() -> None:
    command = [sys.executable, "-m", "tokstats_parallel", "report", "one"]
    shell = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(shell, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert headings(Path("report.html"))
    done = subprocess.run([*shell, "-o", "-"], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 1
    assert (
        done.stderr
        == "tokstats: error: --output-file -: stdout is closed; give the output a place, or leave --output-file - out\n"
    )
