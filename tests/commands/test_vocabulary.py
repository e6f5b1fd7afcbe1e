"""`tokstats vocabulary`: batches, folders, what it prints, and wrong input."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from support.paths import ROOT
from support.places import TYPED, Place, make_place
from support.references import write_reference
from transformers import AutoTokenizer

from tokstats_parallel.commands import vocabulary
from tokstats_parallel.commands.main import main


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return make_place(tmp_path)


def summary(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    captured = capsys.readouterr()
    assert captured.out.count("\n") == 1
    found: dict[str, Any] = json.loads(captured.out)
    return found


def error_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert lines[-1].startswith("tokstats: error: ")
    assert len(lines) == 1
    return lines[-1].removeprefix("tokstats: error: ")


def test_one_batch(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vocabulary", str(place.config), "--batch", "7", "-o", "made", *TYPED]) == 0
    captured = capsys.readouterr()
    (line,) = captured.out.splitlines()
    tokenizer = AutoTokenizer.from_pretrained("made")
    assert line.startswith("batch 7: ")
    assert f" {len(tokenizer)} pieces, " in line
    assert line.endswith(": made")
    assert "no post-processor: the special tokens are typed" in captured.err
    assert not (place.folder / "made" / "texts.jsonl").exists()


def test_several_batches_make_the_counts_of_a_run(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(place.config), "--num-batches", "12", "--quiet", *place.options]) == 0
    assert main(["vocabulary", str(place.config), "--batches", "0:12", "-o", "made", "--json", *TYPED]) == 0
    found = summary(capsys)
    manifest = json.loads((place.folder / "token_frequencies.manifest.json").read_text("utf-8"))
    assert found["schema_version"] == 1
    assert (found["config_digest"], found["seed"]) == (manifest["config_digest"], manifest["seed"])
    assert Counter(one["language"] for one in found["batches"]) == manifest["batches_per_language"]
    assert sorted(one["batch"] for one in found["batches"]) == list(range(12))
    counts = Counter[str]()
    for batch in range(12):
        content = json.loads((place.folder / f"made/batch-{batch}/tokenizer.json").read_text("utf-8"))
        counts.update(piece for piece, _ in content["model"]["vocab"])
    assert counts == json.loads((place.folder / "token_frequencies.json").read_text("utf-8"))


def test_every_third_batch_with_texts_and_statistics(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--batches", "1:9:3", "--output-dir", "made", "--texts", "--stats", *TYPED]
    assert main(["vocabulary", str(place.config), *options, "--json"]) == 0
    found = summary(capsys)["batches"]
    assert sorted(path.name for path in (place.folder / "made").iterdir()) == ["batch-1", "batch-4", "batch-7"]
    for one in found:
        (row,) = one["statistics"].values()
        texts = [json.loads(line) for line in Path(one["files"][2]).read_text("utf-8").splitlines()]
        assert row["texts"] == len(texts) == 4
        assert {text["language"] for text in texts} == {one["language"]} == one["statistics"].keys()
        assert row["text_bytes"] == sum(len(text["text"].encode()) for text in texts)
        assert row["bytes_per_token"] == row["text_bytes"] / row["tokens"]
    assert main(["vocabulary", str(place.config), *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 6
    assert all(" bytes a token, 0.000% unknown" in line for line in lines[1::2])


def test_a_mixed_batch_has_statistics_by_language(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.write(mix_languages=True, train_batch_size=32, tokenizer_batch_size=64)
    assert main(["vocabulary", str(place.config), "--batch", "0", "-o", "made", "--stats", *TYPED]) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert "batch 0: all, " in first
    assert [row.split()[0] for row in sorted(rows)] == ["all", "go", "python"]


def test_ids_beyond_the_vocabulary_are_told_once(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    write_reference(place.folder / "far", 2000, {"<unk>": 3, "<end>": 1999}, {"unk": "<unk>", "eos": "<end>"})
    place.write(tokenizer_name="far")
    assert main(["vocabulary", str(place.config), "--batches", "0:3", "-o", "made"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "exceed the vocabulary" in line]
    assert len(lines) == 1
    assert "'<end>' has " in lines[0]
    assert ", not 1999" in lines[0]
    assert "<unk>" not in lines[0]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("--batch -1", "--batch must be from 0 to 4294967295 (found -1)"),
        ("--batch 4294967296", "--batch must be from 0 to 4294967295 (found 4294967296)"),
        ("--batch 1.5", "'1.5' is not a whole number"),
        ("", "give either --batch"),
        ("--batch 1 --batches 0:5", "give either --batch"),
        ("--batches 5", "--batches '5': is not FIRST:END or FIRST:END:STEP"),
        ("--batches -1:5", "--batches '-1:5': is not FIRST:END"),
        ("--batches 5:5", "--batches '5:5': END must exceed FIRST"),
        ("--batches 0:5:0", "STEP must be at least 1"),
        ("--batches 0:4294967297", "END must exceed FIRST and be at most 4294967296"),
        ("--batches 0:4294967296", "are 4,294,967,296 batches; take at most 1,000,000 at once"),
    ],
)
def test_batches_that_no_run_has(options: str, expected: str, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vocabulary", str(place.config), "-o", "made", *options.split(), *TYPED]) == 2
    assert expected in error_line(capsys)
    assert not (place.folder / "made").exists()


def test_an_output_folder_is_needed(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vocabulary", str(place.config), "--batch", "1", *TYPED]) == 2
    assert "--output-dir" in error_line(capsys)


def test_a_config_that_is_not_there(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vocabulary", "nothing.json", "--batch", "1", "-o", "made", *TYPED]) == 2
    assert "nothing.json" in error_line(capsys)
    assert not (place.folder / "made").exists()


def test_data_that_are_not_there(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (place.folder / "train" / "go.parquet").unlink()
    assert main(["vocabulary", str(place.config), "--batch", "1", "-o", "made", *TYPED]) == 1
    assert "train/go.parquet" in error_line(capsys)
    assert not (place.folder / "made").exists()


def test_a_foreign_file_is_named_before_any_batch_is_drawn(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    (place.folder / "made" / "batch-2").mkdir(parents=True)
    (place.folder / "made" / "batch-2" / "tokenizer.json").write_text("{}")
    assert main(["vocabulary", str(place.config), "--batches", "0:3", "-o", "made", *TYPED]) == 1
    assert error_line(capsys).startswith("made/batch-2/tokenizer.json: was not written by this command")
    assert [path.name for path in (place.folder / "made").iterdir()] == ["batch-2"]


@pytest.mark.parametrize(
    "kill",
    [
        "file-before-fsync:2",
        *(f"file-{point}:{time}" for point in ("before-rename", "after-rename") for time in (1, 3)),
    ],
)
def test_killed_at_any_moment_the_same_command_ends_with_the_same_files(kill: str, place: Place) -> None:
    words = ["vocabulary", str(place.config), "--batch", "3", "--texts", *TYPED, "-o"]
    assert main([*words, "whole"]) == 0
    expected = {path.name: path.read_bytes() for path in (place.folder / "whole").iterdir()}
    assert main([*words[:3], "2", *words[4:], "made"]) == 0, "an earlier batch"
    earlier = {path.name: path.read_bytes() for path in (place.folder / "made").iterdir()}
    environment = os.environ | {"TOKSTATS_FAULT": kill, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tokstats_parallel", *words, "made"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    for name, whole in expected.items():
        assert (place.folder / "made" / name).read_bytes() in (earlier[name], whole)
    assert main([*words, "made"]) == 0
    assert {path.name: path.read_bytes() for path in (place.folder / "made").iterdir()} == expected


def test_ctrl_c_says_that_nothing_is_kept(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(vocabulary, "write_folder", interrupt)
    assert main(["vocabulary", str(place.config), "--batch", "1", "-o", "made", *TYPED]) == 130
    assert capsys.readouterr().err.splitlines()[-1] == "tokstats: interrupted; the same command begins anew"
