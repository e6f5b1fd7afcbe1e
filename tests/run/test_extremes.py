"""Extreme corpora and runs: the result is right or refused in one line, in bounded time and memory.

Sizes are the least at which an effect shows. `docs/reliability.md` has the figures of the full ones.
"""

import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from extremes import CASES
from support.corpora import write_parquet
from support.paths import ROOT
from support.runs import make_job, text_rows
from support.runs import run as run_job
from support.sampling import changed

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.display.status import RunStatus
from tokstats_parallel.engines.local import engine
from tokstats_parallel.errors import CorpusError, WorkerError
from tokstats_parallel.results import parquet
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.sampling import TextRule
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.wording import listed
from tokstats_parallel.system.workers_and_memory import allow_files

MB = 1 << 20


def run(job: Job, workers: int = 1) -> Collected:
    return run_job(job, job.train_directory / f"out-{workers}.json", workers=workers)


def one_language(folder: Path, rows: list[str], **changes: Any) -> Job:
    write_parquet(folder / "x.parquet", rows)
    job = make_job(folder, languages=(), num_batches=10)
    return changed(job, languages=(Language("x", 1.0),), **changes)


def column(data: bytes, ends: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> _native.TextColumn:
    return _native.TextColumn([(np.concatenate([[0], ends]).astype("<i8").tobytes(), data)])


def texts(rows: _native.TextColumn, count: int, span: int = 2048) -> list[str]:
    rule = TextRule(span=span, pack=True, crop=True, eos="</s>")
    stream = _native.Stream(rows, seed=1, language="x", pool=0, texts=rule)
    return stream.texts(0, count)


def test_every_measured_case_is_in_the_table() -> None:
    """The script measures, too: a case that ends at once."""
    table = (ROOT / "docs" / "reliability.md").read_text("utf-8")
    for case in CASES.values():
        assert f"| {case.what} |" in table
    row = subprocess.run(
        [sys.executable, ROOT / "scripts" / "extremes.py", "--only", "none"],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert re.fullmatch(r"\| 0 rows: refused \| [\d.]+ s \| [\d,]+ MB \|\n", row.stdout)


def test_more_workers_than_processors(tmp_path: Path) -> None:
    job = make_job(tmp_path, num_batches=500)
    results = [run(job, workers).output.json.read_bytes() for workers in (1, 8)]
    assert results[0] == results[1]


@pytest.fixture
def few_files() -> Iterator[int]:
    """Limits the open files of this process; the limit can be raised."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    few = 128
    if hard != resource.RLIM_INFINITY and hard < 4 * few:
        pytest.skip("this system allows few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (few, hard))
    yield few
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_more_languages_than_a_process_may_have_files(
    tmp_path: Path, few_files: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit cannot be raised either."""
    monkeypatch.setattr(engine, "allow_files", lambda _count: None)
    names = [f"language{number}" for number in range(few_files + 20)]
    for name in names:
        write_parquet(tmp_path / f"{name}.parquet", [f"the one row of {name}"])
    job = make_job(tmp_path, languages=(), num_batches=2 * len(names))
    job = replace(job, languages=tuple(Language(name, 1.0) for name in names))
    collected = run(job)
    assert sum(collected.facts.batches.values()) == job.num_batches
    metadata = pq.read_metadata(collected.output.parquet)
    assert metadata.schema.names.count("count_language0") == 1
    assert sum(name.startswith("count_") for name in metadata.schema.names) == len(names)


def test_no_limit_is_lowered(few_files: int) -> None:
    allow_files(10)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == few_files
    allow_files(few_files + 10)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == few_files + 10


def test_row_groups_of_many_languages_are_small() -> None:
    assert [parquet.group_rows(languages) for languages in (1, 6, 62)] == [parquet.ROW_GROUP] * 3
    for languages in (100, 1000, 10**6, 10**8):
        assert 1 <= parquet.group_rows(languages) <= max(1, (64 * MB) // (8 * languages))


def test_many_languages_are_reported_in_a_short_line() -> None:
    shards = [Shard(f"language{number}", 0, 0, 5) for number in range(1000)]
    status = RunStatus()
    status.plan(shards, [])
    assert all(len(line) < 1000 for line in (status.beginning(), *status.lines()))
    assert status.beginning().endswith(", and 980 more, in 1,000 shards")
    assert listed(["a", "b"], 2) == "a, b"


def test_a_row_far_longer_than_a_text(tmp_path: Path) -> None:
    row = " ".join(text_rows("x", 600)) * 300
    assert len(row.encode()) > 20 * MB
    collected = run(one_language(tmp_path, [row, "a short row"]))
    assert sum(collected.facts.batches.values()) == 10


def test_texts_of_a_long_row_do_not_take_its_memory() -> None:
    data = ("wörter und zeichen\n" * (100 * MB // 20)).encode()
    rows = column(data, np.array([len(data)]))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    made = texts(rows, 200)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 20 * MB
    assert {len(text) for text in made} == {2048}
    whole = data.decode()
    assert all(text in whole for text in made[:10])


def test_many_rows_of_one_byte() -> None:
    count = 1_000_000
    data = (np.arange(count) % 26 + 97).astype(np.uint8).tobytes()
    made = texts(column(data, np.arange(1, count + 1)), 5)
    assert all(len(text) == 2046 or len(text) == 2048 for text in made)
    assert all(set(text.split("</s>")[3]) <= set("abcdefghijklmnopqrstuvwxyz") for text in made)


def test_the_only_text_behind_many_empty_rows_is_found_at_once() -> None:
    count = 3_000_000
    for blank in (b"", b" "):
        data = blank * (count - 1) + b"text"
        ends = np.minimum(np.arange(1, count + 1), count - 1) * len(blank)
        ends[-1] = len(data)
        assert column(data, ends).first_text_row() == count - 1


def test_a_corpus_of_almost_only_empty_rows_is_refused(tmp_path: Path) -> None:
    rows = [""] * 400_000
    rows[123_456] = "the only text"
    with pytest.raises(WorkerError, match=r"shard x\.0\.0-10: .*empty rows.*leave the empty rows of 'x' out") as caught:
        run(one_language(tmp_path, rows, span=2048))
    assert "cache" not in str(caught.value).partition(":")[0]


def test_one_row_in_a_hundred_holds_text(tmp_path: Path) -> None:
    rows = [row if number % 100 == 0 else " \n" for number, row in enumerate(text_rows("x", 20_000))]
    assert sum(run(one_language(tmp_path, rows)).facts.batches.values()) == 10


def test_no_rows(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"^x\.parquet: language 'x' has no non-empty text \(0 rows\); "):
        run(one_language(tmp_path, []))


def test_a_text_of_one_pretoken(tmp_path: Path) -> None:
    collected = run(one_language(tmp_path, ["x" * 2_000_000, "1" * 2_000_000], span=2**21, pack=False, num_batches=2))
    assert sum(collected.facts.batches.values()) == 2


def test_a_sampler_takes_a_pretoken_of_two_megabytes() -> None:
    sampler = _native.TokenizerSampler()
    pieces = dict(sampler.sample_tokenizer({"é" * 1_000_000: 1, "ab" * 1_000_000: 2}, 1000, 16, 4, 0.0, seed=1))
    assert "abababababababa" in pieces
