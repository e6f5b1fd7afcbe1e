"""Answers of README and of their page: the commands run in their order, and print lines of the form that is shown."""

import json
import re
import shlex
from pathlib import Path

import pytest
from support.paths import ROOT
from support.places import Place, make_place
from support.sentencepiece_models import BYTE, NORMAL
from support.sentencepiece_models import model as sentencepiece_model

from tokstats_parallel.commands.main import main

README = (ROOT / "README.md").read_text("utf-8")
TUTORIAL = README[README.index("## Answers") : README.index("## Going on")]
PAGE = (ROOT / "docs" / "answers.md").read_text("utf-8")
DIFFERENT = 1
"""Exit code of `compare` for results that are not the same."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A working directory with a result; `python` and `go` stand for the demo's languages."""
    monkeypatch.chdir(tmp_path)
    place = make_place(tmp_path)
    assert main([str(place.config), "--num-batches", "6", "--quiet", *place.options]) == 0
    return place


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(text: str) -> list[list[str]]:
    lines = "\n".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.startswith("tokstats ")]


def run(words: list[str], place: Place, capsys: pytest.CaptureFixture[str]) -> str:
    """Runs a command of the page on the small result in place of the demo's; returns what it prints on stdout."""
    command = words[1]
    line = shlex.join(words[1:]).replace(" cpp", " go").replace("--num-batches 1000", "--num-batches 6")
    line = re.sub(r"configs/\w+\.json", str(place.config), line).replace("--batch 999", "--batch 5")
    line = re.sub(r"\b(one|another)\.json", "token_frequencies.json", line)
    options = [*place.options] if command in ("collect", "validate", "vocabulary") else []
    if command == "vocabulary":
        options = options[: options.index("--workers")]
    capsys.readouterr()
    code = main([*shlex.split(line), *options])
    assert code in (0, DIFFERENT) if command == "compare" else code == 0, (line, capsys.readouterr())
    return capsys.readouterr().out


def forms(text: str) -> set[str]:
    """The lines of an output, without what depends on the data: numbers, names of languages, tokens, files."""
    found = set()
    for line in text.splitlines():
        kept = re.sub(r"\b(?:python|go|cpp|markdown)\b", "L", re.sub(r"\S*\w+\.json\S*", "FILE", line))
        kept = re.sub(r"[\d.,<>+-]*\d[\d.,-]*(?: %)?", "#", kept)
        if found_form := re.match(
            r"[A-Z][\w -]+:|  \w+: its|(?:fixed|certain|stable|variable|rare|once) |ok +\w+", kept
        ):
            found.add(" ".join(found_form[0].split()))
    return found - {"L: FILE:", "Different:", "The same:"}


def test_the_four_questions_are_answered(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    listed = commands(TUTORIAL)
    assert [words[1] for words in listed] == ["distribution", "compare", "collect", "compare", "validate"]
    printed = "".join(run(words, place, capsys) for words in listed)
    shown = "".join(blocks(TUTORIAL, "text"))
    assert forms(shown) > {"fixed", "Jaccard:", "ok config"}
    assert forms(shown) <= forms(printed)


def test_the_commands_of_the_page_run(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    listed = [words for words in commands(PAGE) if words[1] != "coverage"]
    assert {words[1] for words in listed} == {"distribution", "show", "top", "compare", "vocabulary"}
    printed = "".join(run(words, place, capsys) for words in listed)
    shown = "".join(blocks(PAGE, "text"))
    assert forms(shown) <= forms(printed) | {"Typical of L:"}
    assert len(json.loads((place.folder / "vocab.json").read_bytes())) > 50
    assert "(typed ' return', read as plain text)" in shown
    assert "(typed ' return', read as plain text)" in printed
    heading = next(line for line in shown.splitlines() if line.startswith("Weighted Jaccard of"))
    assert heading in printed


@pytest.mark.usefixtures("place")
def test_the_python_of_the_page_runs(capsys: pytest.CaptureFixture[str]) -> None:
    for block in blocks(PAGE, "python"):
        exec(compile(block, "answers.md", "exec"), {})  # noqa: S102 - our own text
    assert capsys.readouterr().out


def test_every_command_of_the_table_is_on_the_page() -> None:
    named = set(re.findall(r"^\| `tokstats (\w+)", TUTORIAL, re.MULTILINE))
    assert named >= {"top", "show", "coverage", "vocabulary", "compare"}
    assert named <= {words[1] for words in commands(PAGE)}


@pytest.mark.usefixtures("place")
def test_the_coverage_has_the_form_that_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    ((*words, tokenizer),) = [words[1:] for words in commands(PAGE) if words[1] == "coverage"]
    pieces = ["\u2581a", "\u2581return", ";\r", "-" * 16, "\u0441\u0442"]
    Path(tokenizer).parent.mkdir(parents=True)
    Path(tokenizer).write_bytes(sentencepiece_model([("<0x0A>", BYTE), *((piece, NORMAL) for piece in pieces)]))
    assert main([*words, tokenizer]) == 0

    def fixed_words(text: str) -> set[str]:
        """The lines without numbers, languages, bars and pieces."""
        lines = (re.split(r" {2,}", line.strip())[0] for line in text.splitlines())
        return {re.sub(r"[\d,]+ |(?<=pieces) beside .* tokens(?=:)", "", line) for line in lines}

    printed = fixed_words(capsys.readouterr().out)
    (shown,) = [text for text in blocks(PAGE, "text") if "Pieces by inclusion" in text]
    assert printed - {"python", "go"} <= fixed_words(shown)
    assert {"0", "below 1", "not seen", "longer than bytes", "across a pretoken's border"} <= printed


def test_the_coverage_has_numbers_that_agree() -> None:
    (shown,) = [text for text in blocks(PAGE, "text") if "Pieces by inclusion" in text]
    rows = re.findall(r"^  (?:0|up to 0..|below 1|1) +([\d,]+)", shown, re.MULTILINE)
    numbers = [int(number.replace(",", "")) for number in rows]
    reasons = re.findall(r"^  (?:not seen|across a \S+ border|longer than 15 bytes) +([\d,]+)", shown, re.MULTILINE)
    (sampled,) = re.findall(r"^  all languages +1,000 +([\d,]+) +62.2 %", shown, re.MULTILINE)
    assert len(numbers) == 12
    assert sum(numbers) == 31_602
    assert int(sampled.replace(",", "")) == 31_602 - numbers[0] == round(0.62214 * 31_602)
    assert sum(int(number.replace(",", "")) for number in reasons) == numbers[0]
