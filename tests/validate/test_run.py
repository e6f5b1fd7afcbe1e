"""`tokstats validate`: every failing condition by itself and together, its output, and its estimates."""

import json
import math
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.corpora import invalid_strings, text_table, write_parquet, write_saved, write_saved_splits, write_several
from support.places import TYPED, Place, make_place
from support.sampling import changed

from tokstats_parallel import _native
from tokstats_parallel.commands.main import main
from tokstats_parallel.config import load
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.corpus import conversion
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.corpus.sources import open_source
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.run import work_folder
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.system.resources import measure_free_memory
from tokstats_parallel.validate import estimate, machine, measure, sample, setup, timed_draws
from tokstats_parallel.validate import run as run_module
from tokstats_parallel.validate.check import CheckStatus
from tokstats_parallel.validate.data import LanguageData, check_data
from tokstats_parallel.validate.measure import Measurements
from tokstats_parallel.validate.request import ValidationRequest
from tokstats_parallel.validate.run import ValidationReport, validate
from tokstats_parallel.validate.sample import sample_corpus, sample_source
from tokstats_parallel.validate.timed_draws import DrawTask, TimedDraws

TYPED_OPTIONS: dict[str, Any] = {"special_tokens": "<s>,</s>", "eos_token": "</s>"}
JOB_OPTIONS = ("num_batches", "seed", "assignments", "special_tokens", "eos_token")


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


def request_for(place: Place, **options: Any) -> ValidationRequest:
    job = {name: options.pop(name) for name in JOB_OPTIONS if name in options}
    usual: dict[str, Any] = {
        "job": JobRequest(config=place.config, **(TYPED_OPTIONS | job)),
        "workers": "1",
        "output_file": Path("token_frequencies.json"),
        "work_dir": None,
        "cache_dir": place.folder / "cache",
        "use_cache": True,
        "quick": True,
    }
    return ValidationRequest(**(usual | options))


def report(place: Place, **options: Any) -> ValidationReport:
    return validate(request_for(place, **options), notify=lambda _line: None)


def found(place: Place, **options: Any) -> dict[str, tuple[CheckStatus, str, str]]:
    """Name -> status, detail and remedy; of a name with several checks the worst."""
    order = [CheckStatus.OK, CheckStatus.SKIPPED, CheckStatus.WARNING, CheckStatus.FAILED]
    checks = sorted(report(place, **options).checks, key=lambda check: order.index(check.status))
    return {check.name: (check.status, check.detail, check.remedy) for check in checks}


def statuses(place: Place, **options: Any) -> dict[str, str]:
    return {name: status.value for name, (status, _, _) in found(place, **options).items()}


# All is well


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
    assert lines[-1] == "16 checks: 0 failed, 0 with a warning"
    assert any(line.startswith("ok       data of go      ") for line in lines)
    assert any(line.startswith("skipped  time ") for line in lines)


def test_the_measuring_is_announced_on_stderr(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(place.config), *place.options]) == 0
    assert capsys.readouterr().err.startswith("measuring a few draws")


def test_languages_are_listed_with_weight_and_expected_batches(place: Place) -> None:
    (place.folder / "langs.txt").write_text("python,3\ngo,1\n")
    place.write(langs="langs.txt")
    _, detail, _ = found(place, num_batches=200)["languages"]
    assert detail == "python 75.0% (weight 3, about 150 batches), go 25.0% (weight 1, about 50 batches)"


def test_the_tokenizers_tokens_are_listed_with_ids(place: Place) -> None:
    place.write(tokenizer_name=str(Path(setup.__file__).parents[1] / "assets" / "demo-tokenizer"))
    status, detail, _ = found(place, special_tokens=None, eos_token=None)["tokenizer"]
    assert (status, detail) == (
        CheckStatus.OK,
        "eos '</s>', special tokens: '<unk>' (id 0), '<s>' (id 1), '</s>' (id 2)",
    )


def test_converted_rows_are_found_in_the_cache(place: Place) -> None:
    open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")
    checks = found(place)
    assert checks["data of go"][1].endswith("of text, in the cache")
    assert checks["data of python"][1].endswith("of text, not converted yet")


def test_a_damaged_cache_file_counts_as_not_converted(place: Place) -> None:
    corpus = open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")
    corpus.handle.path.write_bytes(b"ARROW1 no more")
    assert found(place)["data of go"][1].endswith("not converted yet")


# What fails, one at a time


def keep_shards(place: Place, *words: str) -> None:
    """Runs, and leaves what it has saved."""
    options = ["--num-batches", "3", "--keep-work", "--quiet"]
    assert main(["collect", str(place.config), *place.options, *options, *words]) == 0


def shards_of_another_corpus(place: Place) -> None:
    """One that is converted, too."""
    keep_shards(place)
    write_parquet(place.folder / "train" / "go.parquet", [f"row {number} " * 20 for number in range(60)])
    open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")


class Flaw(NamedTuple):
    """Something that breaks a place, the check that says so, what it says, and the remedy."""

    break_it: Callable[[Place], object]
    name: str
    detail: str
    remedy: str
    options: dict[str, Any] = {}  # noqa: RUF012 - not changed


def bad_column(values: pa.Array, name: str = "text") -> Callable[[Place], object]:
    return lambda place: pq.write_table(pa.table({name: values}), place.folder / "train" / "go.parquet")


def lose_a_shard(place: Place) -> None:
    (place.folder / "train" / "go.parquet").unlink()
    folder = write_saved(place.folder / "train" / "go", text_table(["a", "b"]))
    (folder / "data-00001-of-00002.arrow").unlink()


FLAWS = {
    "no config": Flaw(lambda place: place.config.unlink(), "config", "no such config file", ""),
    "no JSON": Flaw(lambda place: place.config.write_text("{,}"), "config", "line 1, column 2: not JSON", ""),
    "no object": Flaw(lambda place: place.config.write_text("[]"), "config", "not a JSON object", ""),
    "no sampling": Flaw(
        lambda place: place.write(do_tokenizer_sampling=False), "config", "result would be empty", "correct"
    ),
    "no languages": Flaw(lambda place: place.write(langs=" "), "config", "No code languages found!", "correct"),
    "batches": Flaw(lambda _: None, "config", "--num-batches must be from 1", "", {"num_batches": 0}),
    "assignment": Flaw(lambda _: None, "config", "must be key=value", "", {"assignments": ("x",)}),
    "unknown setting": Flaw(lambda _: None, "config", "--set x: not a setting", "", {"assignments": ("x=1",)}),
    "workers": Flaw(lambda _: None, "workers", "must be 'auto' or a whole number", "", {"workers": "0"}),
    "no tokenizer": Flaw(
        lambda place: place.write(tokenizer_name=""),
        "tokenizer",
        "tokenizer_name is missing",
        'set HF_HOME to a cache that has it, or pass --special-tokens "<unk>,<s>,</s>"',
        {"eos_token": None, "special_tokens": None},
    ),
    "empty eos": Flaw(lambda _: None, "tokenizer", "--eos-token is empty", "give the token", {"eos_token": ""}),
    "no data": Flaw(
        lambda place: (place.folder / "train" / "go.parquet").unlink(),
        "data of go",
        "go.parquet: no such data",
        "tokstats prepare --include-langs go --out-train-dir",
    ),
    "no Parquet": Flaw(
        lambda place: (place.folder / "train" / "go.parquet").write_bytes(b"PAR1"),
        "data of go",
        "go.parquet: cannot be read",
        "copy or make the file again",
    ),
    "other column": Flaw(
        bad_column(pa.array(["a"]), "content"), "data of go", "needs one column 'text'", "rename the column"
    ),
    "numbers": Flaw(bad_column(pa.array([1, 2])), "data of go", "not a string (found int64)", "as strings"),
    "null": Flaw(bad_column(pa.array(["a", None])), "data of go", "row 1 of column 'text' is null", "fill it"),
    "not UTF-8": Flaw(
        bad_column(invalid_strings([b"a", b"b", b"\xff"])),
        "data of go",
        "row 2 of column 'text' is not UTF-8",
        "",
    ),
    "no rows": Flaw(bad_column(pa.array([], pa.string())), "text of go", "no text in any of the 0 rows", "put"),
    "no text": Flaw(bad_column(pa.array(["", " \t"])), "text of go", "no text in any of the 2 rows", "put rows"),
    "saved dataset without shards": Flaw(
        lose_a_shard,
        "data of go",
        "data-00001-of-00002.arrow",
        "put the file back",
    ),
    "no output folder": Flaw(
        lambda _: None, "output", "no such folder", "make it, or choose", {"output_file": Path("no/x.json")}
    ),
    "output is a folder": Flaw(lambda _: None, "output", "is a folder", "name a file", {"output_file": Path("train")}),
    "cache is a file": Flaw(
        lambda place: (place.folder / "cache").touch(), "cache", "cannot be written", "with --cache-dir DIR"
    ),
    "shards of another seed": Flaw(
        lambda place: keep_shards(place, "--seed", "7"), "work folder", "seed: 7 there, 42 here", "with --fresh"
    ),
    "shards of another corpus": Flaw(shards_of_another_corpus, "work folder", "other corpus of go", "with --fresh"),
    "something else in the work folder": Flaw(
        lambda place: (place.folder / "token_frequencies.json.work" / "notes").mkdir(parents=True),
        "work folder",
        "notes is in it, which no run has put there",
        "choose another --work-dir",
    ),
    "nowhere to put the work folder": Flaw(
        lambda _: None,
        "work folder",
        "cannot keep finished shards here (No such file or directory)",
        "choose another --work-dir",
        {"work_dir": Path("no/work")},
    ),
}


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_a_flaw_fails_its_check(flaw: Flaw, place: Place) -> None:
    flaw.break_it(place)
    checks = found(place, quick=False, **flaw.options)
    status, detail, remedy = checks[flaw.name]
    assert status is CheckStatus.FAILED
    assert flaw.detail in detail
    assert flaw.remedy in remedy
    assert [name for name, check in checks.items() if check[0] is CheckStatus.FAILED] == [flaw.name]
    if flaw.name not in {"output", "cache", "work folder"}:
        assert checks["time"][0] is CheckStatus.SKIPPED


@pytest.mark.parametrize("flaw", FLAWS.values(), ids=FLAWS)
def test_a_flaw_makes_exit_code_1_without_a_traceback(
    flaw: Flaw, place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    flaw.break_it(place)
    asked = request_for(place, **flaw.options)
    words = [] if asked.job.special_tokens is None else TYPED[:2]
    words += [] if asked.job.eos_token is None else [f"--eos-token={asked.job.eos_token}"]
    words += [f"--set={assignment}" for assignment in asked.job.assignments]
    words += [f"--num-batches={asked.job.num_batches}", f"--output-file={asked.output_file}"]
    words += [f"--workers={asked.workers}", f"--cache-dir={asked.cache_dir}", "--quick"]
    words += [] if asked.work_dir is None else [f"--work-dir={asked.work_dir}"]
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert main(["validate", str(place.config), *words]) == 1
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    assert f"failed   {flaw.name}" in captured.out


def test_packing_needs_an_eos_token(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = Reference(None, ())
    monkeypatch.setattr(load, "load_reference", lambda *_args, **_options: reference)
    status, detail, remedy = found(place)["tokenizer"]
    assert status is CheckStatus.FAILED
    assert "has no eos token" in detail
    assert "--eos-token" in remedy
    place.write(do_sequence_packing=False)
    assert found(place)["tokenizer"][0] is CheckStatus.OK


def test_no_home_folder_for_the_cache(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    status, _, remedy = found(place, cache_dir=None)["cache"]
    assert (status, remedy) == (CheckStatus.FAILED, "give --cache-dir DIR or --no-cache")
    assert found(place, cache_dir=None, use_cache=False)["cache"][0] is CheckStatus.OK


# Several at once


def test_every_failure_is_reported_though_others_fail(place: Place) -> None:
    (place.folder / "train" / "go.parquet").unlink()
    bad_column(pa.array(["a"]), "content")(replace(place))
    write_parquet(place.folder / "train" / "python.parquet", ["a", None])
    (place.folder / "cache").touch()
    checks = statuses(place, workers="none", eos_token="", output_file=Path("no/x.json"))
    failures = {name for name, status in checks.items() if status == "failed"}
    assert failures == {"data of go", "data of python", "cache", "workers", "tokenizer", "output"}


def test_all_bad_fields_are_in_the_one_failure(place: Place) -> None:
    place.write(block_size="wide", train_batch_size=0, langs="python,")
    checks = found(place)
    for field in ("block_size", "train_batch_size", "langs"):
        assert field in checks["config"][1]
    assert {name for name, check in checks.items() if check[0] is CheckStatus.SKIPPED} == {
        *("languages", "tokenizer", "data", "memory", "time", "workers")
    }


# Warnings


def test_an_unknown_key_is_a_warning_with_the_nearest_name(place: Place) -> None:
    place.write(n_pool=2)
    status, detail, _ = found(place)["config"]
    assert status is CheckStatus.WARNING
    assert detail.endswith("key 'n_pool' is unknown and ignored; did you mean 'n_pools'?")


def test_english_without_data_is_a_warning_and_no_failure(place: Place) -> None:
    place.write(langs="python en")
    checks = found(place, quick=False)
    assert checks["config"][0] is CheckStatus.WARNING
    assert "'en' is left out" in checks["config"][1]
    assert checks["languages"][1] == "python 100.0% (weight 1, about 1,000 batches)"
    assert checks["time"][0] is CheckStatus.OK


def test_english_is_left_out_also_where_another_language_has_no_data(place: Place) -> None:
    place.write(langs="python rust en")
    checks = found(place)
    assert "'en' is left out" in checks["config"][1]
    assert checks["data of rust"][0] is CheckStatus.FAILED
    assert "data of en" not in checks


def test_fewer_rows_than_a_pools_texts(place: Place) -> None:
    place.write(train_batch_size=61, tokenizer_batch_size=61)
    status, detail, _ = found(place)["rows of go"]
    assert status is CheckStatus.WARNING
    assert detail.startswith("60 rows, fewer than the 61 texts of a pool")


def test_mostly_tiny_rows(place: Place) -> None:
    write_parquet(place.folder / "train" / "go.parquet", ["a" * 16, "", "b", "  c  "] * 4)
    status, detail, _ = found(place)["text of go"]
    assert status is CheckStatus.WARNING
    assert detail == ("25.0% empty, 75.0% shorter than 16 characters, 100.0% shorter than a text of 256 (all 16 rows)")


def test_rows_shorter_than_a_text_matter_where_nothing_is_packed(place: Place) -> None:
    write_parquet(place.folder / "train" / "go.parquet", ["é" * 255, "é" * 255, "é" * 256])
    assert found(place)["text of go"][:2] == (
        CheckStatus.OK,
        "0.0% empty, 0.0% shorter than 16 characters, 66.7% shorter than a text of 256 (all 3 rows)",
    )
    place.write(do_sequence_packing=False)
    status, _, remedy = found(place)["text of go"]
    assert status is CheckStatus.WARNING
    assert "do_sequence_packing=true" in remedy


def test_another_version_of_the_native_module(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "version", lambda _name: "0.0.0")
    status, detail, _ = found(place)["native module"]
    assert status is CheckStatus.WARNING
    assert detail.endswith("the package is version 0.0.0")


def test_what_is_there_is_replaced(place: Place) -> None:
    assert "can be written" in found(place)["output"][1]
    (place.folder / "token_frequencies.json").touch()
    assert "will be replaced" in found(place)["output"][1]


def test_what_an_earlier_run_has_saved_is_mentioned(place: Place) -> None:
    folder = place.folder / "token_frequencies.json.work"
    assert found(place)["work folder"] == (CheckStatus.OK, f"{folder}: nothing is saved there", "")
    keep_shards(place)
    before = sorted(folder.iterdir())
    expected = (CheckStatus.OK, f"{folder}: has 2 saved shards, a run goes on from there", "")
    assert found(place)["work folder"] == expected
    assert sorted(folder.iterdir()) == before
    place.write(block_size="wide")
    assert found(place)["work folder"] == expected, "the config cannot be used"


@pytest.mark.parametrize("options", [{}, {"work_dir": Path("elsewhere")}], ids=["usual", "elsewhere"])
def test_a_run_at_work_is_named(options: dict[str, Any], place: Place) -> None:
    """Whether it has the work folder, or one elsewhere and only the output."""
    folder = place.folder / "token_frequencies.json.work"
    with work_folder.lock_folder(folder):
        status, detail, remedy = found(place, **options)["work folder"]
    assert status is CheckStatus.FAILED
    assert detail == f"{folder}: another run is at work here, process {os.getpid()} on {socket.gethostname()}"
    assert remedy == "wait for it, or choose another --output-file or --work-dir"
    assert found(place, **options)["work folder"][0] is CheckStatus.OK, "it has ended"


# Room


def disk(free: int) -> Callable[[Path], Any]:
    usage = shutil.disk_usage("/")
    return lambda _path: usage._replace(free=free)


def test_a_full_disk_fails_cache_and_output(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", disk(100))
    checks = found(place, quick=False)
    for name in ("cache", "output"):
        assert checks[name][0] is CheckStatus.FAILED
        assert checks[name][2].startswith("make room")


def test_a_nearly_full_disk_is_a_warning(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    needed = sum(data.bytes_to_convert for data in report(place).data)
    monkeypatch.setattr(shutil, "disk_usage", disk(needed + 1))
    assert found(place)["cache"][0] is CheckStatus.WARNING


def test_too_little_memory(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "measure_free_memory", lambda: 1000)
    assert found(place)["memory"][0] is CheckStatus.WARNING  # 700 MB for each are only what is allowed
    status, detail, remedy = found(place, quick=False)["memory"]
    assert status is CheckStatus.FAILED
    assert detail.endswith("0.0 MB free")
    assert remedy == "use --workers 1, or free memory"


def test_free_memory_is_measured() -> None:
    assert 10**7 < measure_free_memory() < 10**14


def test_without_a_cache_every_worker_holds_the_rows(place: Place) -> None:
    with_cache = report(place, quick=False).estimate
    without = report(place, quick=False, use_cache=False)
    assert with_cache
    assert without.estimate
    held = sum(data.text_bytes for data in without.data)
    assert without.estimate.worker_bytes >= held
    assert any("every process holds all rows" in check.detail for check in without.checks)


# Samples


def shapes(folder: Path, rows: list[str]) -> Iterator[Path]:
    """The same rows in every shape that a source may have."""
    yield write_parquet(folder / "a.parquet", rows, row_group_size=7)
    yield write_parquet(folder / "b.parquet", rows, pa.dictionary(pa.int32(), pa.string()))
    yield write_several(folder / "c", rows)
    yield write_saved(folder / "d", text_table(rows))
    yield write_saved_splits(folder / "e", {"train": text_table(rows), "test": text_table(["no"])})


def test_a_small_source_is_looked_at_whole_in_any_shape(tmp_path: Path) -> None:
    rows = [f"row {number} é" for number in range(60)]
    for path in shapes(tmp_path, rows):
        source = open_source(path.stem, path)
        some = sample_source(source, 10**6)
        assert [text for block in some.blocks for text in block.to_pylist()] == rows
        assert some.text_bytes == sum(len(row.encode()) for row in rows)


def big(folder: Path, **options: Any) -> Path:
    """20,000 rows of 1,000 characters."""
    return write_parquet(folder / "big.parquet", [f"{number:05}" * 200 for number in range(20_000)], **options)


@pytest.fixture
def bytes_checked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of all that was read for a sample."""
    sizes: list[int] = []
    real = conversion.checked

    def counted(batch: Any) -> Iterator[pa.Array]:
        sizes.append(batch.values.nbytes)
        return real(batch)

    monkeypatch.setattr(sample, "checked", counted)
    return sizes


LIMIT = 400_000


@pytest.mark.parametrize("row_group_size", [300, 20_000])
def test_of_a_large_parquet_only_a_sample_is_read(
    row_group_size: int, tmp_path: Path, bytes_checked: list[int]
) -> None:
    big(tmp_path, row_group_size=row_group_size, use_dictionary=False)
    check, data = check_data(tmp_path, "big", cache_folder=None, max_bytes=LIMIT)
    assert check.status is CheckStatus.OK
    assert data
    assert not data.exact
    assert data.rows == 20_000
    assert math.isclose(data.text_bytes, 20_000 * 1000, rel_tol=0.01)
    assert sum(bytes_checked) < 3 * LIMIT


def test_the_places_are_spread_over_the_whole_file(tmp_path: Path) -> None:
    some = sample_source(open_source("big", big(tmp_path, row_group_size=300)), LIMIT)
    rows = [int(text[:5]) for block in some.blocks for text in block.to_pylist()]
    gaps = [later - earlier for earlier, later in pairwise([*rows, 20_000]) if later != earlier + 1]
    assert len(gaps) == 16
    assert max(gaps) <= 20_000 / 16 + 300


def test_of_a_large_dataset_only_a_sample_is_read(tmp_path: Path, bytes_checked: list[int]) -> None:
    rows = [f"{number:05}" * 200 for number in range(20_000)]
    some = sample_source(open_source("big", write_saved(tmp_path / "big", text_table(rows))), LIMIT)
    assert sum(bytes_checked) < 3 * LIMIT
    assert {int(text[:5]) // 10_000 for block in some.blocks for text in block.to_pylist()} == {0, 1}


def test_of_a_large_corpus_only_a_sample_is_read(tmp_path: Path, bytes_checked: list[int]) -> None:
    big(tmp_path)
    corpus = open_corpus(tmp_path, "big", cache_dir=tmp_path / "cache")
    some = sample_corpus(corpus, LIMIT)
    assert sum(bytes_checked) < 3 * LIMIT
    assert {int(text[:5]) // 1250 for block in some.blocks for text in block.to_pylist()} == set(range(16))


def test_a_bad_row_is_named_by_its_number_in_the_file(tmp_path: Path) -> None:
    rows: list[str | None] = ["text"] * 100
    rows[77] = None
    write_parquet(tmp_path / "go.parquet", rows, row_group_size=10)
    check, data = check_data(tmp_path, "go", cache_folder=None, max_bytes=10**6)
    assert data is None
    assert check.detail == "go.parquet: row 77 of column 'text' is null"


# JSON

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
FACTS = {"name", "path", "files", "rows", "text_bytes", "text_bytes_exact", "cached", "sampled_rows"}


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


# Estimates


@pytest.mark.parametrize("batches", [1, 5, 400])
def test_the_estimated_sizes_are_near_those_of_the_run(
    batches: int, place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = report(place, quick=False, num_batches=batches).estimate
    assert expected
    words = [*place.options, "--num-batches", str(batches), "--output-file", "out.json", "--json"]
    assert main(["collect", str(place.config), *words]) == 0
    result = json.loads(capsys.readouterr().out)
    assert 0.5 < expected.tokens / result["unique_tokens"] < 2
    assert 0.5 < expected.json_bytes / Path("out.json").stat().st_size < 2
    assert 0.3 < expected.parquet_bytes / Path("out.parquet").stat().st_size < 3
    # A run of so few seconds is mostly the start of processes, on machines that have other things to do.
    assert 0.1 < expected.seconds / result["seconds"] < 10


def test_a_run_twice_as_long_draws_twice_as_long() -> None:
    """And one worker fills the pool once."""
    fill = timing().fill_seconds
    seconds = [estimate._makespan(planned(batches), {"go": timing()}, 1) for batches in (64 * 10, 64 * 20)]
    assert math.isclose(2 * (seconds[0] - fill), seconds[1] - fill)


def test_workers_share_the_shards() -> None:
    """Each fills the pool once, as the first of two goes on in its own window."""
    fill, draws = 1.0, 64 * 0.5
    seconds = [estimate._makespan(planned(64 * 3), {"go": timing()}, workers) for workers in (1, 2, 3, 9)]
    assert seconds == [fill + 3 * draws, fill + 2 * draws, fill + draws, fill + draws]


def test_tokens_are_exact_where_measured_and_grow_ever_more_slowly() -> None:
    counts = [estimate._tokens(timing(), draws) for draws in (24, 48, 96, 192, 10**9)]
    assert counts[0] == 200
    growth = [later / earlier for earlier, later in pairwise(counts)]
    assert growth[0] > growth[1] > growth[2] > 1
    assert counts[-1] < 200 * 2 ** (1 / estimate.EXPONENT_DECAY)


def test_a_very_long_run_is_estimated_in_proportion(place: Place) -> None:
    job = replace(job_of(place), num_batches=2**32)
    draws = estimate.ScaledPlan.of(job).draws()
    assert math.isclose(sum(draws.values()), 2**32)


def test_a_language_that_was_not_reached_counts_as_the_others(place: Place) -> None:
    job = job_of(place)
    only = Measurements(timings={"go": replace(timing(), segment=b"")}, start_seconds=0, worker_bytes=10**8)
    options: dict[str, Any] = {"workers": 1, "setup_seconds": 0, "read_seconds": 0, "held_bytes": 0}
    expected = estimate.estimate(job, estimate.ScaledPlan.of(job), only, **options)
    streams = {shard.language for shard in plan(job)}
    assert math.isclose(expected.draw_seconds, len(streams) * 1.0 + 1000 * 0.5)
    assert expected.worker_bytes == 130_000_000


def planned(draws: int) -> estimate.ScaledPlan:
    shards = [Shard("go", 0, first, 64) for first in range(0, draws, 64)]
    return estimate.ScaledPlan(tuple(shards), 1.0)


def timing() -> TimedDraws:
    return TimedDraws(
        language="go",
        fill_seconds=1.0,
        draw_seconds=0.5,
        wall_seconds=13.0,
        cpu_seconds=13.0,
        draws=24,
        segment=b"",
        tokens=200,
        fewer_tokens=150,
    )


# Measuring


def job_of(place: Place) -> Job:
    return load_job(JobRequest(config=place.config, **TYPED_OPTIONS), notify=print)


def data_of(place: Place, *languages: str) -> list[LanguageData]:
    found = [
        check_data(place.folder / "train", name, cache_folder=place.folder / "cache", max_bytes=10**6)[1]
        for name in languages
    ]
    return [data for data in found if data]


@pytest.mark.parametrize(("languages", "workers"), [(["python", "go"], 1), (["go"], 2)])
def test_every_language_is_measured(place: Place, languages: list[str], workers: int) -> None:
    data = data_of(place, *languages)
    measured = measure.measure(job_of(place), data, draws=9, workers=workers, limit=60)
    assert measured.timings.keys() == set(languages)
    for result in measured.timings.values():
        assert result.draws == 9
        assert result.tokens == len(_native.read_run(result.segment)) > result.fewer_tokens > 0
        assert result.draw_seconds >= 0
    assert measured.worker_bytes > 10**6
    assert measured.start_seconds > 0


def test_converted_and_sampled_rows_measure_alike(place: Place) -> None:
    job = job_of(place)
    (data,) = data_of(place, "go")
    sampled = timed_draws._time(job, DrawTask.of(data, 5))
    open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")
    (data,) = data_of(place, "go")
    assert data.handle
    assert timed_draws._time(job, DrawTask.of(data, 5)).segment == sampled.segment


def test_measuring_ends_when_the_time_is_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "MEASURE_SECONDS", 0.0)
    status, detail, _ = found(place, quick=False)["time"]
    assert status is CheckStatus.WARNING
    assert detail == "a few draws of go took more than 0 s" or detail.startswith("a few draws of python")


def test_what_goes_wrong_in_a_trial_is_a_failed_check(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def invalid(job: Job, *arguments: Any, **options: Any) -> Measurements:
        return measure.measure(changed(job, size_min=0), *arguments, **options)

    monkeypatch.setattr(run_module, "measure", invalid)
    status, detail, _ = found(place, quick=False)["time"]
    assert status is CheckStatus.FAILED
    assert "smallest vocabulary must exceed 391" in detail


def test_a_killed_trial_is_a_worker_error(place: Place) -> None:
    (data,) = data_of(place, "go")
    task = DrawTask.of(data, 5)
    with measure._Process() as process:
        process.give(job_of(place), [task])
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match=r"out of memory\?\); free memory"):
            [process.receive() for _ in range(2)]


def test_no_room_for_temporary_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: Any, **_options: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_module, "estimate", full)
    status, detail, _ = found(place, quick=False)["time"]
    assert (status, detail) == (CheckStatus.WARNING, "cannot be measured (No space left on device)")
