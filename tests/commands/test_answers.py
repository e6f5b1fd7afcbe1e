"""`tokstats top`, `show` and `distribution` on a written result: what they print, files, and wrong input."""

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.places import make_place

from tokstats_parallel.commands.main import main

RESULT = "token_frequencies.json"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a result."""
    place = make_place(tmp_path_factory.mktemp("place"))
    place.write(train_directory=str(place.folder / "train"))
    output = str(place.folder / RESULT)
    assert main([str(place.config), "--num-batches", "12", "--quiet", "--output-file", output, *place.options]) == 0
    return place.folder


@pytest.fixture
def result(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Counts of the result in the working folder."""
    for path in written.glob("token_frequencies.*"):
        shutil.copy(path, tmp_path)
    monkeypatch.chdir(tmp_path)
    counts: dict[str, int] = json.loads((tmp_path / RESULT).read_text("utf-8"))
    return counts


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(list(words)) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def error_line(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    assert main(list(words)) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("tokstats: error: ")
    return line.removeprefix("tokstats: error: ")


def as_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(printed(capsys, *words, "--json"))
    assert content["schema_version"] == 1
    return content


def test_top_has_the_first_tokens_of_the_result(result: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    content = as_json(capsys, "top", RESULT, "-n", "400")
    assert {one["token"]: one["count"] for one in content["tokens"]} == dict(list(result.items())[:400])
    assert [one["number"] for one in content["tokens"]] == list(range(1, 401))
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "top", RESULT, "-n", "3", "--sampled", "--format", "csv"))))
    assert [row["fixed"] for row in rows] == ["false"] * 3
    table = printed(capsys, "top", RESULT, "--sampled", "--language", "go", "-n", "4").splitlines()
    assert len(table) == 6
    assert table[-1].startswith("4 most frequent sampled tokens, of ")
    assert table[-1].endswith(" batches of go")


def test_top_writes_a_vocabulary_and_lines(result: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, "top", RESULT, "-n", "500", "--output-file", "big.vocab.json") == ""
    assert json.loads(Path("big.vocab.json").read_bytes()) == dict(zip(list(result)[:500], range(500), strict=True))
    lines = printed(capsys, "top", RESULT, "-n", "500", "--format", "txt").splitlines()
    assert lines == list(result)[:500]


def test_a_token_with_a_line_break_is_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    place = make_place(tmp_path)
    special = ["--special-tokens", "a\nb,\x1b[2J", "--eos-token", "", "--cache-dir", "cache", "--workers", "1"]
    assert main([str(place.config), "--num-batches", "2", "--quiet", *special]) == 0
    assert main(["top", RESULT, "-n", "3000", "--kind", "special", "--format", "txt"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "\x1b[2J\n"
    assert "left out because of line breaks: 1 token" in captured.err
    assert json.loads(printed(capsys, "top", RESULT, "--kind", "special", "--format", "vocab.json")).keys() == {
        "a\nb",
        "\x1b[2J",
    }
    for words in (["top", RESULT, "--kind", "special"], ["show", RESULT, "\x1b[2J", "a\nb"]):
        text = printed(capsys, *words)
        assert "\x1b" not in text
        assert "a⏎b" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--json", "--format", "csv"], "--format csv and --json name different formats; give one of them"),
        (["-n", "0"], "--number must be at least 1 (found 0)"),
        (["-n", "1.5"], "'1.5' is not a whole number"),
        (["--kind", "wrod"], "did you mean word"),
        (["--language", "pyton"], "did you mean python"),
        (["--format", "tsv"], "tsv"),
    ],
)
@pytest.mark.usefixtures("result")
def test_wrong_options_of_top(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said in error_line(capsys, "top", RESULT, *words)


@pytest.mark.usefixtures("result")
def test_json_and_its_long_name_are_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert as_json(capsys, "top", RESULT, "--format", "json") == as_json(capsys, "top", RESULT)


def test_show_tells_the_reading_and_the_reason(result: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    token = next(token for token, count in result.items() if count < 12 and token.startswith("Ġ"))
    (shown,) = as_json(capsys, "show", RESULT, token)["tokens"]
    assert (shown["count"], shown["reading"]) == (result[token], "mapped form")
    text = printed(capsys, "show", RESULT, "def x", "--hex", "20", " zq")
    assert "never drawn: it crosses a pretoken's border in any text: def | ␣x" in text
    assert "read as hexadecimal bytes" in text
    assert "in every vocabulary, and so not sampled" in text
    assert "not seen, though some text can give it" in text


@pytest.mark.usefixtures("result")
def test_show_prints_hostile_words_without_harm(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["[bold]x[/bold]", "\x1b[2J", "a\nb", "\udcff\udcfe", ":smile:", "\u202e", "x" * 5000, "--", "-x"]
    text = printed(capsys, "show", RESULT, "--", *words)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[bold]" in text
    assert "(typed '\\xff\\xfe', read as plain text)" in text
    assert max(map(len, text.splitlines())) < 300
    assert len(as_json(capsys, "show", RESULT, "--hex", "ff", "--hex", "5c6e")["tokens"]) == 2


@pytest.mark.usefixtures("result")
def test_show_needs_a_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert "name a token" in error_line(capsys, "show", RESULT)
    assert "two hexadecimal digits" in error_line(capsys, "show", RESULT, "--hex", "xy")
    assert "an empty word names no token" in error_line(capsys, "show", RESULT, "")


def test_distribution_adds_up(result: dict[str, int], capsys: pytest.CaptureFixture[str]) -> None:
    content = as_json(capsys, "distribution", RESULT)
    assert sum(one["tokens"] for one in content["classes"]) == content["unique_tokens"] == len(result)
    assert sum(one["occurrences"] for one in content["classes"]) == sum(result.values())
    sampled = sum(one["tokens"] for one in content["classes"][1:])
    assert sum(one["tokens"] for one in content["lengths"]) == sum(one["tokens"] for one in content["kinds"]) == sampled
    assert content["languages"][-1]["tokens"] == sampled
    for table in ("classes", "lengths", "kinds", "languages", "ranks"):
        rows = list(csv.DictReader(io.StringIO(printed(capsys, "distribution", RESULT, "--csv", "--table", table))))
        assert [list(row) for row in rows] == [list(one) for one in content[table]]
    assert "in every vocabulary, not sampled" in printed(capsys, "distribution", RESULT)
    assert set(as_json(capsys, "distribution", RESULT, "--table", "ranks")) >= {"ranks", "batches"}


@pytest.mark.usefixtures("result")
def test_tables_are_never_cut(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert "…" not in printed(capsys, "distribution", RESULT)
    assert "variable" in printed(capsys, "distribution", RESULT, "--table", "languages")


@pytest.mark.parametrize("command", [["top"], ["show", "x"], ["distribution"]])
@pytest.mark.usefixtures("result")
def test_bad_results_are_one_line(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    name, *rest = command
    Path("other.json").write_text('{"a": 1}', "utf-8")
    content = Path("token_frequencies.parquet").read_bytes()
    Path("cut.parquet").write_bytes(content[: len(content) // 2])
    for path in ("other.json", "cut.parquet", "missing.json", "token_frequencies.work"):
        assert path in error_line(capsys, name, path, *rest)
    assert sorted(path.name for path in Path().glob("*.tmp")) == []


@pytest.mark.usefixtures("result")
def test_an_output_that_is_there_is_refused_before_anything(capsys: pytest.CaptureFixture[str]) -> None:
    Path("mine.csv").write_text("mine", "utf-8")
    for name, *rest in (["top"], ["show", "x"], ["distribution"]):
        line = error_line(capsys, name, RESULT, *rest, "--output-file", "mine.csv", code=1)
        assert "is there already" in line
        line = error_line(capsys, name, RESULT, *rest, "--output-file", "token_frequencies.parquet", "--force", code=1)
        assert "would replace what the run reads" in line
    assert Path("mine.csv").read_text("utf-8") == "mine"


@pytest.mark.usefixtures("result")
def test_a_json_alone_is_enough_without_languages(capsys: pytest.CaptureFixture[str]) -> None:
    for path in Path().glob("token_frequencies.[mp]*"):
        path.unlink()
    assert len(as_json(capsys, "top", RESULT, "--sampled")["tokens"]) == 50
    assert [one["language"] for one in as_json(capsys, "distribution", RESULT)["languages"]] == ["all"]
    assert as_json(capsys, "show", RESULT, "x")["tokens"][0]["languages"] == {}
    assert "has no counts of languages" in error_line(capsys, "top", RESULT, "--language", "go")
