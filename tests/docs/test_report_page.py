"""The page about reports, and README's section: the commands run in their order, and the sections are the program's."""

import re
import shlex
from pathlib import Path

import pytest
from support.page_reader import PageReader
from support.paths import ROOT
from support.places import Place, make_place
from support.sentencepiece_models import NORMAL, model

from tokstats_parallel.commands.main import main
from tokstats_parallel.report.html import BUDGET

PAGE = (ROOT / "docs" / "report.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
SECTION = README[README.index("## See it") : README.index("## Your own config")]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A working folder with two results, one without noise."""
    monkeypatch.chdir(tmp_path)
    place = make_place(tmp_path)
    run = [str(place.config), "--quiet", *place.options]
    assert main([*run, "--num-batches", "40"]) == 0
    settings = ["--set", "tokenizer_noise_mean=0", "--output-file", "quiet.json"]
    assert main([*run, "--num-batches", "20", *settings]) == 0
    return place


def commands(text: str) -> list[list[str]]:
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)).splitlines()
    return [shlex.split(line, comments=True)[1:] for line in lines]


def run(words: list[str], place: Place) -> None:
    if words[0] == "collect":
        words = [*words, "--num-batches", "6", "--output-file", "new.json", *place.options]
    assert main([word.replace("configs/demo.json", str(place.config)) for word in words]) == 0


def headings(name: str) -> list[str]:
    return [element.text for element in PageReader.read(Path(name).read_text("utf-8")).all("h2")]


def test_the_commands_run_in_their_order(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    listed = commands(PAGE)
    assert [words[0] for words in listed] == ["report", "report", "report", "collect"]
    assert [words in listed for words in commands(SECTION)] == [True, True]
    for words in listed:
        run(words, place)
    assert "What differs between A and B" in headings("noise.html")
    assert headings("report.html") == headings("full.html") == headings("demo.html")
    (shown,) = re.findall(r"^/home/you/\S+/(report\.html: \d+ kB)$", PAGE, re.MULTILINE)
    assert re.sub(r"\d+", "#", shown) in re.sub(r"\d+", "#", capsys.readouterr().out)
    assert len(list(Path("full").glob("*.svg"))) > 3


def test_every_section_is_explained(place: Place) -> None:
    Path("small.model").write_bytes(model([("ab", NORMAL)]))
    run(["report", "token_frequencies.json", "--tokenizer", "small.model"], place)
    table = PAGE[PAGE.index("| section |") : PAGE.index("With two results")]
    explained = re.findall(r"^\| ([^|]+) \| [^|]+ \| [^|]+ \|$", table, re.MULTILINE)[1:]
    assert explained == ["summary", *headings("report.html")]


@pytest.mark.usefixtures("place")
def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    exec(compile(block, "report.md", "exec"), {})  # noqa: S102 - our own text
    assert capsys.readouterr().out.startswith(str(Path("page.html").absolute()))


def test_the_size_is_the_budget() -> None:
    for text in (PAGE, SECTION):
        assert f"at most {BUDGET // 1000} kB" in " ".join(text.split())
