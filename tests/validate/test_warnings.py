"""Checks of `validate` that warn, or report results of earlier runs."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from support.corpora import write_parquet
from support.places import Place
from support.validation import checks_of, keep_shards

from tokstats_parallel.run import work_folder
from tokstats_parallel.validate import setup
from tokstats_parallel.validate.check import CheckStatus


def test_an_unknown_key_is_a_warning_with_the_nearest_name(place: Place) -> None:
    place.write(learnin_rate=2)
    status, detail, _ = checks_of(place)["config"]
    assert status is CheckStatus.WARNING
    assert detail.endswith("key 'learnin_rate' is unknown and ignored; did you mean 'learning_rate'?")


def test_a_misspelt_setting_is_a_failure(place: Place) -> None:
    place.write(n_pool=2)
    status, detail, _ = checks_of(place)["config"]
    assert status is CheckStatus.FAILED
    assert "key 'n_pool' is unknown, and close to the setting 'n_pools'" in detail


def test_english_without_data_is_a_warning_and_no_failure(place: Place) -> None:
    place.write(langs="python en")
    checks = checks_of(place, quick=False)
    assert checks["config"][0] is CheckStatus.WARNING
    assert "'en' is left out" in checks["config"][1]
    assert checks["languages"][1].startswith("python 100.0% (weight 1, about 1,000 batches); weights equal, since ")
    assert checks["time"][0] is CheckStatus.OK


def test_english_is_left_out_also_where_another_language_has_no_data(place: Place) -> None:
    place.write(langs="python rust en")
    checks = checks_of(place)
    assert "'en' is left out" in checks["config"][1]
    assert checks["data of rust"][0] is CheckStatus.FAILED
    assert "data of en" not in checks


def test_fewer_rows_than_a_pools_texts(place: Place) -> None:
    place.write(train_batch_size=61, tokenizer_batch_size=61)
    status, detail, _ = checks_of(place)["rows of go"]
    assert status is CheckStatus.WARNING
    assert detail.startswith("60 rows, fewer than the 61 texts of a pool")


def test_mostly_tiny_rows(place: Place) -> None:
    write_parquet(place.folder / "train" / "go.parquet", ["a" * 16, "", "b", "  c  "] * 4)
    status, detail, _ = checks_of(place)["text of go"]
    assert status is CheckStatus.WARNING
    assert detail == ("25.0% empty, 75.0% shorter than 16 characters, 100.0% shorter than a text of 256 (all 16 rows)")


def test_rows_shorter_than_a_text_matter_where_nothing_is_packed(place: Place) -> None:
    write_parquet(place.folder / "train" / "go.parquet", ["é" * 255, "é" * 255, "é" * 256])
    assert checks_of(place)["text of go"][:2] == (
        CheckStatus.OK,
        "0.0% empty, 0.0% shorter than 16 characters, 66.7% shorter than a text of 256 (all 3 rows)",
    )
    place.write(do_sequence_packing=False)
    status, _, remedy = checks_of(place)["text of go"]
    assert status is CheckStatus.WARNING
    assert "do_sequence_packing=true" in remedy


def test_shards_that_are_left_out_are_a_warning_but_other_splits_are_not(place: Place) -> None:
    source = place.folder / "train/python.parquet"
    folder = place.folder / "train/python"
    folder.mkdir()
    source.rename(folder / "train-0.parquet")
    write_parquet(folder / "test-0.parquet")
    status, detail, _ = checks_of(place)["data of python"]
    assert (status, detail.rpartition("; ")[2]) == (
        CheckStatus.OK,
        "left out: 1 file (test-0.parquet: of split 'test')",
    )
    (folder / "train-1.parquet.gz").touch()
    status, detail, remedy = checks_of(place)["data of python"]
    assert status is CheckStatus.WARNING
    assert "left out: 2 files (train-1.parquet.gz: compressed; unpack it; test-0.parquet: of" in detail
    assert remedy.startswith("unpack, rename or convert")


def test_words_that_no_token_can_be_are_a_warning(place: Place) -> None:
    write_parquet(
        place.folder / "train/python.parquet", ["हिन्दी में लिखा पाठ", "plain text of ten words or so, and no mark"] * 9
    )
    status, detail, remedy = checks_of(place)["words of python"]
    assert status is CheckStatus.WARNING
    assert detail.startswith("26.7% of 135 words and other pretokens hold a letter and a combining mark; ")
    assert "Words with combining marks" in remedy


@pytest.mark.parametrize("row", ["naïve café in English", "日本語のテキスト", "e\u0301 " + "word " * 200])
def test_texts_with_next_to_no_marks_need_no_warning(row: str, place: Place) -> None:
    write_parquet(place.folder / "train/python.parquet", [row] * 9)
    assert "words of python" not in checks_of(place)


def test_another_version_of_the_native_module(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "version", lambda _name: "0.0.0")
    status, detail, _ = checks_of(place)["native module"]
    assert status is CheckStatus.WARNING
    assert detail.endswith("the package is version 0.0.0")


def test_an_output_that_exists_is_replaced(place: Place) -> None:
    assert "can be written" in checks_of(place)["output"][1]
    (place.folder / "token_frequencies.json").touch()
    assert "will be replaced" in checks_of(place)["output"][1]


def test_saved_shards_of_an_earlier_run_are_mentioned(place: Place) -> None:
    folder = place.folder / "token_frequencies.json.work"
    assert checks_of(place)["work folder"] == (CheckStatus.OK, f"{folder}: nothing is saved there", "")
    keep_shards(place)
    before = sorted(folder.iterdir())
    expected = (CheckStatus.OK, f"{folder}: has 2 saved shards, a run goes on from there", "")
    assert checks_of(place)["work folder"] == expected
    assert sorted(folder.iterdir()) == before
    place.write(block_size="wide")
    assert checks_of(place)["work folder"] == expected, "the config cannot be used"


@pytest.mark.parametrize("options", [{}, {"work_dir": Path("elsewhere")}], ids=["usual", "elsewhere"])
def test_a_run_at_work_is_named(options: dict[str, Any], place: Place) -> None:
    """The other run has the work folder, or one elsewhere and only the output."""
    folder = place.folder / "token_frequencies.json.work"
    with work_folder.lock_folder(folder):
        status, detail, remedy = checks_of(place, **options)["work folder"]
    assert status is CheckStatus.FAILED
    assert detail == f"{folder}: another run is at work here, process {os.getpid()} on {socket.gethostname()}"
    assert remedy == "wait for it, or choose another --output-file or --work-dir"
    assert checks_of(place, **options)["work folder"][0] is CheckStatus.OK, "it has ended"
