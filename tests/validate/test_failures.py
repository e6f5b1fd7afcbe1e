"""Faults that fail a check of `validate`, one at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from support.corpora import invalid_strings, text_table, write_parquet, write_saved
from support.places import Place
from support.validation import bad_column, checks_of, keep_shards, request_for

from tokstats_parallel.commands.main import main
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.validate.check import CheckStatus


def shards_of_another_corpus(place: Place) -> None:
    """Leaves shards of another corpus, which is converted, too."""
    keep_shards(place)
    write_parquet(place.folder / "train" / "go.parquet", [f"row {number} " * 20 for number in range(60)])
    open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")


class Flaw(NamedTuple):
    """Function that breaks a setup, name of the check that fails, its detail and remedy, and options."""

    break_it: Callable[[Place], object]
    name: str
    detail: str
    remedy: str
    options: dict[str, Any] = {}  # noqa: RUF012 - not changed


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
    "empty special token": Flaw(
        lambda _: None, "tokenizer", "a token is empty", "by single commas", {"special_tokens": "<s>,,</s>"}
    ),
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
    "output is a folder": Flaw(lambda _: None, "output", "is a folder", "name another", {"output_file": Path("train")}),
    "cache is a file": Flaw(
        lambda place: (place.folder / "cache").touch(),
        "cache",
        "cannot use this cache folder (Not a directory)",
        "with --cache-dir DIR",
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
    checks = checks_of(place, quick=False, **flaw.options)
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
    words = [] if asked.job.special_tokens is None else [f"--special-tokens={asked.job.special_tokens}"]
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


def test_no_home_folder_for_the_cache(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    status, _, remedy = checks_of(place, cache_dir=None)["cache"]
    assert (status, remedy) == (CheckStatus.FAILED, "give --cache-dir DIR or --no-cache")
    assert checks_of(place, cache_dir=None, use_cache=False)["cache"][0] is CheckStatus.OK
