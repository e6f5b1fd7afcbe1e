"""`--report` of `collect` and `merge`: the page of the run, and that its failure harms no result."""

import json
from pathlib import Path

import pytest
from support.places import Place, make_place

from tokstats_parallel.commands.main import main
from tokstats_parallel.report import make_page
from tokstats_parallel.results.own_files import is_own_page

FILES = ["token_frequencies.json", "token_frequencies.manifest.json", "token_frequencies.parquet"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


def collect(place: Place, *words: str) -> int:
    return main(["collect", "config.json", "--num-batches", "6", *place.options, *words])


def written() -> list[str]:
    return sorted(path.name for path in Path().glob("token_frequencies.*"))


def test_a_run_writes_its_page_and_the_summary_has_it(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect(place, "--report", "page.html") == 0
    assert capsys.readouterr().out.endswith(f"  {Path('page.html').absolute()}\n")
    assert is_own_page(Path("page.html"))
    first = Path("page.html").read_bytes()
    assert collect(place, "--report", "page.html", "--json", "--quiet", "--seed", "7") == 0
    summary = json.loads(capsys.readouterr().out)
    assert summary["output"]["report"] == str(Path("page.html").absolute())
    assert Path("page.html").read_bytes() != first, "the page of an earlier run is replaced"
    assert main(["report", "token_frequencies.json", "-o", "same.html"]) == 0
    assert Path("same.html").read_bytes() == Path("page.html").read_bytes()


def test_a_merge_writes_the_page_of_one_machine(place: Place) -> None:
    options = place.options[: place.options.index("--workers")]
    assert main(["plan", "config.json", "--num-batches", "6", "--work-dir", "w", "--tasks", "1", *options]) == 0
    assert main(["work", "w", "--task", "0", "--tasks", "1", "--workers", "1", "--quiet"]) == 0
    assert main(["merge", "w", "--quiet", "--report", "page.html"]) == 0
    assert is_own_page(Path("page.html"))
    assert written() == FILES


@pytest.mark.parametrize(
    ("page", "said", "code"),
    [
        ("-", "--report: stdout is for the summary; name a file for the page", 2),
        ("token_frequencies.json", "is a file of the result; name another one for the page", 2),
        ("token_frequencies.parquet", "is a file of the result; name another one for the page", 2),
        ("none/page.html", "none: no such folder; make it, or choose another --report", 1),
        ("train", "is a folder", 1),
        ("mine.html", "mine.html: was not written by this program", 1),
        ("config.json", "config.json: was not written by this program", 1),
    ],
)
def test_a_place_that_cannot_be_used_is_refused_before_the_run(
    page: str, said: str, code: int, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mine.html").write_text("<p>mine", "utf-8")
    assert collect(place, "--report", page) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert said in line
    assert "--output-file" not in line
    assert written() == []
    assert Path("mine.html").read_text("utf-8") == "<p>mine"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), MemoryError("too large")])
def test_a_page_that_fails_harms_no_result(
    error: Exception, place: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(make_page, "make_page", fail)
    assert collect(place, "--report", "page.html", "--no-progress") == 1
    captured = capsys.readouterr()
    assert "Total batches:     6" in captured.out
    result = Path("token_frequencies.json").absolute()
    said = captured.err.splitlines()[-1]
    assert said.startswith(f"tokstats: error: {result}: is written, but the page is not (")
    assert said.endswith(f"; see to that, then run `tokstats report {result} -o page.html`")
    assert written() == FILES
    assert not Path("page.html").exists()
    assert "report" not in captured.out.split("Written:")[1]
