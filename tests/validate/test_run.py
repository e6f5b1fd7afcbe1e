"""`validate`: a sound setup, several faults at once, its table and its JSON."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.corpora import write_parquet
from support.places import Place
from support.validation import (
    bad_column,
    checks_of,
    report,
    statuses,
)

from tokstats_parallel.commands.main import main
from tokstats_parallel.config import load
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.validate import setup
from tokstats_parallel.validate.check import CheckStatus


def test_a_sound_setup_passes_every_check(place: Place) -> None:
    assert set(statuses(place, quick=False).values()) == {"ok"}


def test_nothing_is_converted_and_nothing_written(place: Place) -> None:
    before = sorted(place.folder.rglob("*"))
    report(place, quick=False)
    assert sorted(place.folder.rglob("*")) == before


@pytest.mark.parametrize("name", ["validate", "doctor"])
def test_both_names_print_a_table_on_stdout(name: str, place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, str(place.config), *place.options, "--quick"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[-1] == "17 checks: 0 failed, 0 with a warning"
    assert any(line.startswith("ok       data of go      ") for line in lines)
    assert any(line.startswith("skipped  time ") for line in lines)


def test_the_measuring_is_announced_on_stderr(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(place.config), *place.options]) == 0
    assert capsys.readouterr().err.startswith("measuring a few draws")


def test_languages_are_listed_with_weight_and_expected_batches(place: Place) -> None:
    (place.folder / "langs.txt").write_text("python,3\ngo,1\n")
    place.write(langs="langs.txt")
    _, detail, _ = checks_of(place, num_batches=200)["languages"]
    assert detail == (
        "python 75.0% (weight 3, about 150 batches), go 25.0% (weight 1, about 50 batches); "
        f"weights given by {place.folder / 'langs.txt'}"
    )


def test_the_tokenizers_tokens_are_listed_with_ids(place: Place) -> None:
    place.write(tokenizer_name=str(Path(setup.__file__).parents[1] / "assets" / "demo-tokenizer"))
    status, detail, _ = checks_of(place, special_tokens=None, eos_token=None)["tokenizer"]
    assert (status, detail) == (
        CheckStatus.OK,
        "eos '</s>', special tokens: '<unk>' (id 0), '<s>' (id 1), '</s>' (id 2)",
    )


def test_packing_without_an_eos_token_is_a_warning(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "load_reference", lambda *_args, **_options: Reference(None, ()))
    status, detail, remedy = checks_of(place, eos_token=None)["tokenizer"]
    assert status is CheckStatus.WARNING
    assert detail.startswith("special tokens: none; reference tokenizer ")
    assert detail.endswith("nothing is put between packed rows")
    assert remedy == 'to put a token there, pass --eos-token "</s>"'
    as_asked = (CheckStatus.OK, "no eos, special tokens: none", "")
    assert checks_of(place, eos_token="")["tokenizer"] == as_asked
    place.write(do_sequence_packing=False)
    assert checks_of(place, eos_token=None)["tokenizer"] == as_asked


def test_converted_rows_are_found_in_the_cache(place: Place) -> None:
    open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")
    checks = checks_of(place)
    assert checks["data of go"][1].endswith("of text, in the cache")
    assert checks["data of python"][1].endswith("of text, not converted yet")


def test_a_damaged_cache_file_counts_as_not_converted(place: Place) -> None:
    corpus = open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")
    corpus.handle.path.write_bytes(b"ARROW1 no more")
    assert checks_of(place)["data of go"][1].endswith("not converted yet")


def test_every_failure_is_reported_though_others_fail(place: Place) -> None:
    (place.folder / "train" / "go.parquet").unlink()
    bad_column(pa.array(["a"]), "content")(replace(place))
    write_parquet(place.folder / "train" / "python.parquet", ["a", None])
    (place.folder / "cache").touch()
    checks = statuses(place, workers="none", special_tokens="", output_file=Path("no/x.json"))
    failures = {name for name, status in checks.items() if status == "failed"}
    assert failures == {"data of go", "data of python", "cache", "workers", "tokenizer", "output"}


def test_all_bad_fields_are_in_the_one_failure(place: Place) -> None:
    place.write(block_size="wide", train_batch_size=0, langs="python,")
    checks = checks_of(place)
    for field in ("block_size", "train_batch_size", "langs"):
        assert field in checks["config"][1]
    assert {name for name, check in checks.items() if check[0] is CheckStatus.SKIPPED} == {
        *("languages", "tokenizer", "data", "memory", "time", "workers")
    }


ESTIMATES = {
    "seconds",
    "workers",
    "start_seconds",
    "convert_seconds",
    "draw_seconds",
    "write_seconds",
    "worker_bytes",
    "tokens",
    "json_bytes",
    "parquet_bytes",
    "partial_bytes",
}
FACTS = {"name", "path", "files", "left_out", "rows", "text_bytes", "text_bytes_exact", "cached", "sampled_rows"}


def printed_json(place: Place, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code = main(["doctor", str(place.config), *place.options, "--json", *words])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == (0 if answer["ok"] else 1)
    assert answer.keys() == {"schema_version", "config", "ok", "checks", "languages", "estimate"}
    assert answer["schema_version"] == 1
    for check in answer["checks"]:
        assert check.keys() == {"name", "status", "detail", "remedy"}
        assert check["status"] in {"ok", "warning", "failed", "skipped"}
    return answer


def test_json_of_a_sound_setup(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    answer = printed_json(place, capsys)
    assert answer["ok"]
    assert [language["name"] for language in answer["languages"]] == ["python", "go"]
    assert all(language.keys() == FACTS for language in answer["languages"])
    assert answer["estimate"].keys() == ESTIMATES


def test_json_of_a_failure(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    place.config.unlink()
    answer = printed_json(place, capsys)
    assert not answer["ok"]
    assert answer["languages"] == []
    assert answer["estimate"] is None


def test_quick_estimates_nothing(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed_json(place, capsys, "--quick")["estimate"] is None


@pytest.mark.parametrize(
    ("key", "languages"),
    [("mix_languages", "mixed in 1 pool: texts of "), ("shared_pool", "1 pool for batches of all: ")],
)
def test_a_run_whose_languages_share_pools_is_estimated(key: str, languages: str, place: Place) -> None:
    place.write(**{key: True})
    checks = checks_of(place, quick=False, num_batches=200)
    status, detail, _ = checks["languages"]
    assert status is CheckStatus.OK
    assert detail.startswith(f"{languages}python 50.0% (weight 1")
    status, detail, _ = checks["time"]
    assert status is CheckStatus.OK
    assert "tokens" in detail
