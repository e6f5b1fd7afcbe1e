"""`tokstats coverage`: what it prints for a reader, as JSON and CSV, and wrong input."""

import csv
import io
import json
from pathlib import Path

import pytest
from support.places import TYPED, make_place
from support.sentencepiece_models import NORMAL, model
from support.small_result import small_result

from tokstats_parallel.commands.main import main

EXPECTED = """\
vocab.json: byte-level, each character is one byte (Ġ is a space)
6 pieces: 1 in every vocabulary, 5 that can only be sampled.

Pieces that some vocabulary held, and the mean inclusion probability of all:
                 batches  pieces   share    mean
  all languages        6       2  40.0 %  0.2000
  python               4       1  20.0 %  0.1500
  [bold]go             2       2  40.0 %  0.3000

Pieces by inclusion probability, in all languages:
  0          3  ████████████████████████████████████████
  up to 0.1  0
  up to 0.2  0
  up to 0.3  0
  up to 0.4  1  █████████████▎
  up to 0.5  0
  up to 0.6  0
  up to 0.7  1  █████████████▎
  up to 0.8  0
  up to 0.9  0
  below 1    0
  1          0

Pieces that no vocabulary held, with those of the lowest ids:
  across a pretoken's border           2  [red]  a.b
  letter joined with a combining mark  1  हि

Pieces in which a letter and a combining mark are joined, which the sampler's split never does:
              joined  of all pieces  ever sampled
  Devanagari       1              1             0
"""


@pytest.fixture
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    counts = {"python": (4, {b" def": 3}), "[bold]go": (2, {b" def": 1, b"ing": 2})}
    small_result(tmp_path / "made", counts)
    pieces = ["a", "Ġdef", "ing", "[red]", "a.b", "à¤¹à¤¿"]
    Path("vocab.json").write_text(json.dumps({piece: number for number, piece in enumerate(pieces)}), "utf-8")


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    return line.removeprefix("tokstats: error: ")


@pytest.mark.usefixtures("_place")
def test_what_a_reader_sees(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "made", "vocab.json"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert captured.out == EXPECTED


@pytest.mark.usefixtures("_place")
@pytest.mark.parametrize("columns", ["20", "40"])
def test_a_narrow_terminal_cuts_no_number_and_no_name(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(["coverage", "made", "vocab.json"]) == 0
    assert capsys.readouterr().out == EXPECTED


@pytest.mark.usefixtures("_place")
@pytest.mark.parametrize("result", ["made/result.json", "made/result.parquet", "made/result.manifest.json"])
def test_json_has_one_object_of_all_tokenizers(capsys: pytest.CaptureFixture[str], result: str) -> None:
    Path("m.model").write_bytes(model([("▁def", NORMAL)]))
    assert main(["coverage", result, "vocab.json", "m.model", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["schema_version"] == 1
    assert [one["tokenizer"] for one in found["tokenizers"]] == ["vocab.json", "m.model"]
    assert found["tokenizers"][1]["total"]["mean_inclusion"] == 4 / 6
    assert found["tokenizers"][1]["never_sampled"] == {}


@pytest.mark.usefixtures("_place")
def test_csv_in_a_file_has_a_row_for_each_piece(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "made", "vocab.json", "--output-file", "pieces.csv"]) == 0
    assert capsys.readouterr().out == ""
    rows = list(csv.DictReader(io.StringIO(Path("pieces.csv").read_text("utf-8"))))
    assert [(row["token"], row["text"], row["count"], row["inclusion_[bold]go"]) for row in rows[:4]] == [
        ("a", "a", "6", "1.0"),
        ("Ġdef", "␣def", "4", "0.5"),
        ("ing", "ing", "2", "1.0"),
        ("[red]", "[red]", "0", "0.0"),
    ]
    assert main(["coverage", "made", "vocab.json", "--output-file", "pieces.csv"]) == 1
    assert "is there already; replace it with --force" in error_line(capsys)


@pytest.mark.usefixtures("_place")
def test_an_output_does_not_replace_the_tokenizer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["coverage", "made", "vocab.json", "--output-file", "vocab.json", "--force"]) == 1
    assert "would replace what" in error_line(capsys)


@pytest.mark.usefixtures("_place")
def test_a_tokenizer_of_fixed_pieces_only_has_no_tables(capsys: pytest.CaptureFixture[str]) -> None:
    Path("vocab.json").write_text('{"a": 0, "Ġ": 1}', "utf-8")
    assert main(["coverage", "made", "vocab.json"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["2 pieces: 2 in every vocabulary, 0 that can only be sampled."]


@pytest.mark.usefixtures("_place")
@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["made"], 2, "name a tokenizer: its name on the hub, its folder, or a file"),
        (["made", "missing.json"], 2, "tokenizer 'missing.json': there is no such file or folder"),
        (["made", "made/result.parquet"], 2, "tokenizer 'made/result.parquet': is a Parquet file"),
        (["missing", "vocab.json"], 2, "missing: no such file; name the JSON, the Parquet or the manifest"),
        (["made", "vocab.json", "--json", "--csv"], 2, "name different formats"),
    ],
)
def test_wrong_input_is_one_line(capsys: pytest.CaptureFixture[str], words: list[str], code: int, message: str) -> None:
    assert main(["coverage", *words]) == code
    assert message in error_line(capsys)


def test_a_run_has_all_pieces_of_the_tokenizer_of_its_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    place = make_place(tmp_path)
    assert main([str(place.config), "--num-batches", "6", "--quiet", *place.options]) == 0
    assert main(["vocabulary", str(place.config), "--batch", "3", "-o", "made", *TYPED]) == 0
    capsys.readouterr()
    assert main(["coverage", "token_frequencies.json", "made", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["tokenizers"]
    assert found["reading"].startswith("byte-level")
    assert found["fixed"] == 391
    assert found["total"]["sampled_share"] == 1.0
    assert found["never_sampled"] == {}
