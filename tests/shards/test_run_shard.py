"""Shards in this process: pure functions, and the core's result for the job's parameters."""

import pickle
import platform
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.runs import cache_of, make_job, text_rows
from support.sampling import changed
from support.shards import counts
from support.shards import run_shard as core_shard
from support.streams import column

from tokstats_parallel import _native
from tokstats_parallel._native import ShardRunner
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.corpus.corpus import Corpus, open_corpus, open_handle
from tokstats_parallel.errors import CorpusError
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.run_shard import ShardCounts, ShardWorker
from tokstats_parallel.shards.run_shard import run_shard as run_any

SHARD = Shard("python", 0, 3, 10)


def run_shard(job: Job, shard: Shard, corpus: Corpus) -> list[ShardCounts]:
    return run_any(job, shard, [corpus])


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


@pytest.fixture
def corpus(job: Job) -> Corpus:
    return open_corpus(job.train_directory, "python", cache_dir=cache_of(job))


def test_a_shard_is_the_cores_result_for_the_jobs_parameters(job: Job, corpus: Corpus) -> None:
    expected = core_shard(
        column(text_rows("python")),
        seed=42,
        language="python",
        pool=0,
        first_draw=3,
        draws=10,
        span=96,
        pack=True,
        crop=True,
        eos="</s>",
        batch_texts=4,
        batches=3,
        size_mean=500.0,
        size_std=20.0,
        size_min=400,
        size_max=600,
        noise_mean=1e-3,
        noise_std=1.0,
    )
    assert run_shard(job, SHARD, corpus) == [("python", expected, 0, 10)] == run_shard(job, SHARD, corpus)


CHANGES: list[dict[str, Any]] = [
    {"seed": 43},
    {"span": 95},
    {"pack": False},
    {"crop": False},
    {"eos": "<eos>"},
    {"batch_texts": 5},
    {"batches": 4},
    {"size_mean": 501.0},
    {"size_std": 21.0},
    {"size_min": 499},
    {"size_max": 501},
    {"noise_mean": 2e-3},
    {"noise_std": 1.1},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_every_parameter_of_the_job_matters(change: dict[str, Any], job: Job, corpus: Corpus) -> None:
    """It changes the counts, and the digest, which tells partials of different jobs apart."""
    other = changed(job, **change)
    assert run_shard(other, SHARD, corpus) != run_shard(job, SHARD, corpus)
    assert other.digest() != job.digest()


def test_a_shard_depends_on_nothing_else(job: Job, corpus: Corpus) -> None:
    expected = run_shard(job, SHARD, corpus)
    others: list[dict[str, Any]] = [
        {"num_batches": 7},
        {"languages": (Language("go", 3.0), Language("python", 0.1))},
        {"pools": 3},
        {"train_directory": Path("/nowhere")},
        {"reference": Reference("</s>", ())},
    ]
    for change in others:
        assert run_shard(replace(job, **change), SHARD, corpus) == expected


def test_every_part_of_a_shard_matters(job: Job, corpus: Corpus) -> None:
    shards = [
        SHARD,
        replace(SHARD, language="go"),
        replace(SHARD, pool=1),
        replace(SHARD, first_draw=4),
        replace(SHARD, draws=11),
    ]
    assert len({run_shard(job, shard, corpus)[0].segment for shard in shards}) == len(shards)


def test_a_shard_is_the_same_over_a_sent_handle(job: Job, corpus: Corpus) -> None:
    sent_job, sent_shard, handle = pickle.loads(pickle.dumps((job, SHARD, corpus.handle)))  # noqa: S301 - our own
    assert run_shard(sent_job, sent_shard, open_handle(handle)) == run_shard(job, SHARD, corpus)


def test_without_an_eos_rows_are_not_packed(job: Job, corpus: Corpus) -> None:
    alone = changed(job, pack=False, eos="", reference=Reference(None, ()))
    assert run_shard(alone, SHARD, corpus) == run_shard(changed(job, pack=False), SHARD, corpus)


def test_a_row_that_is_not_utf8_is_named(job: Job, corpus: Corpus) -> None:
    damaged = Corpus(corpus.handle, column([*text_rows("python"), b"\xff"]))
    with pytest.raises(CorpusError, match=r"row 40 is not UTF-8; .*`tokstats cache clear`"):
        run_shard(changed(job, batch_texts=41), SHARD, damaged)


def test_shards_of_any_size_add_up(job: Job, corpus: Corpus) -> None:
    segments = {
        size: sum(
            (
                counts(run_shard(job, shard, corpus)[0].segment)
                for shard in plan(job, shard_draws=size)
                if shard.language == "python"
            ),
            Counter(),
        )
        for size in (1, 7, 64, None)
    }
    assert all(summed == segments[1] for summed in segments.values())


def test_earlier_shards_of_a_worker_change_nothing(job: Job, corpus: Corpus) -> None:
    """Cases: the next draws, earlier draws, a gap, another pool and back, other rows."""
    other = open_corpus(job.train_directory, "markdown", cache_dir=cache_of(job))
    kept = ShardWorker(job)
    for pool, first, draws in [
        (0, 0, 5),
        (0, 5, 4),
        (0, 9, 1),
        (0, 5, 4),
        (0, 20, 3),
        (1, 23, 2),
        (0, 23, 2),
        (0, 25, 0),
    ]:
        shard = Shard("python", pool, first, draws)
        assert kept.run(shard, [corpus]) == run_shard(job, shard, corpus), shard
    for rows in (corpus, other, corpus):
        shard = Shard(rows.name, 0, 25, 3)
        assert kept.run(shard, [rows]) == run_shard(job, shard, rows)
    same_name = Corpus(other.handle, column(text_rows("go")))
    assert kept.run(SHARD, [same_name]) == run_shard(job, SHARD, same_name)


def test_a_worker_keeps_the_runner_of_the_last_stream_only(
    job: Job, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[ShardRunner] = []

    def runner(languages: list[tuple[str, float, _native.TextColumn]], **settings: Any) -> ShardRunner:
        made.append(ShardRunner(languages, **settings))
        return made[-1]

    monkeypatch.setattr("tokstats_parallel.shards.run_shard.ShardRunner", runner)
    kept = ShardWorker(job)
    numbers = []
    for pool, first in [(0, 0), (0, 2), (0, 9), (1, 0), (1, 2), (0, 0)]:
        kept.run(Shard("python", pool, first, 2), [corpus])
        numbers.append(len(made))
    assert numbers == [1, 1, 1, 2, 2, 3]


def test_a_worker_goes_on_after_a_failure(job: Job, corpus: Corpus) -> None:
    bad = Corpus(corpus.handle, column([*text_rows("python"), b"\xff"]))
    kept = ShardWorker(changed(job, batch_texts=41))
    for rows in (bad, bad):
        with pytest.raises(CorpusError, match="row 40"):
            kept.run(SHARD, [rows])
    assert kept.run(SHARD, [corpus]) == run_shard(changed(job, batch_texts=41), SHARD, corpus)


FREED = """
import ctypes, psutil, sys
from tokstats_parallel.shards.run_shard import keep_memory
if sys.argv[1] == "kept":
    keep_memory()
system = ctypes.CDLL(None)
system.malloc.restype, system.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
system.free.argtypes = [ctypes.c_void_p]
lists = [system.malloc(2**20) for _ in range(40)]
for memory in lists:
    ctypes.memset(memory, 1, 2**20)
used = psutil.Process().memory_info().rss
for memory in reversed(lists):
    system.free(memory)
print(used - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_freed_memory_stays_with_the_process_if_that_is_asked_for() -> None:
    def given_to_the_system(how: str) -> int:
        done = subprocess.run([sys.executable, "-c", FREED, how], check=True, capture_output=True, text=True)
        return int(done.stdout)

    assert given_to_the_system("not") > 20 * 2**20
    assert given_to_the_system("kept") < 2**20


def test_a_failure_of_the_machine_is_not_blamed_on_the_cache_file(
    job: Job, corpus: Corpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Runner:
        def __init__(self, *_: object, **__: object) -> None:
            pass

        def run(self, *_: object) -> None:
            raise OSError("the text column's file cannot be read: Input/output error (os error 5)")

    monkeypatch.setattr("tokstats_parallel.shards.run_shard.ShardRunner", Runner)
    with pytest.raises(CorpusError) as caught:
        run_shard(job, SHARD, corpus)
    assert str(caught.value) == (
        f"{corpus.handle.path}: cannot be read now (Input/output error); see to the disk and run the same command again"
    )
