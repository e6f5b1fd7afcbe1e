"""Timed draws in processes: complete, limited in time, and faults in them."""

import os
import signal
import tempfile
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest
from support.places import Place
from support.sampling import changed
from support.validation import checks_of, data_of, job_of

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import run_shard
from tokstats_parallel.validate import measure, timed_draws
from tokstats_parallel.validate import run as run_module
from tokstats_parallel.validate.check import CheckStatus
from tokstats_parallel.validate.measure import Measurements
from tokstats_parallel.validate.timed_draws import DrawTask


@pytest.mark.parametrize(("languages", "workers"), [(["python", "go"], 1), (["go"], 2)])
def test_every_language_is_measured(place: Place, languages: list[str], workers: int) -> None:
    data = data_of(place, *languages)
    measured = measure.measure(job_of(place), data, draws=9, workers=workers, limit=60)
    assert measured.timings.keys() == set(languages)
    for result in measured.timings.values():
        assert result.draws == 9
        assert result.tokens == len(_native.read_segment(result.segment)) > result.fewer_tokens > 0
        assert result.draw_seconds >= 0
    assert measured.worker_bytes > 10**6
    assert measured.start_seconds > 0


def test_converted_and_sampled_rows_measure_alike(place: Place) -> None:
    job = job_of(place)
    (data,) = data_of(place, "go")
    sampled = timed_draws._time(job, DrawTask.of("go", [data], 5))
    open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")
    (data,) = data_of(place, "go")
    assert data.handle
    assert timed_draws._time(job, DrawTask.of("go", [data], 5)).segment == sampled.segment


def test_timed_draws_tell_the_time_of_a_shard(place: Place) -> None:
    """Within a factor of 1.5 of processor time, in the median of some tries."""
    place.write(block_size=256, train_batch_size=64, tokenizer_batch_size=512)
    job, draws = job_of(place), 300
    open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")
    (data,) = data_of(place, "go")
    task = DrawTask.of("go", [data], measure.DRAWS)
    ratios = []
    for _ in range(5):
        timed = timed_draws._time(job, task)
        start = time.process_time()
        run_shard(job, Shard("go", 0, 0, draws), task.open())
        ratios.append((timed.fill_seconds + draws * timed.draw_seconds) / (time.process_time() - start))
    assert 1 / 1.5 < median(ratios) < 1.5


def test_measuring_ends_when_the_time_is_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "MEASURE_SECONDS", 0.0)
    status, detail, _ = checks_of(place, quick=False)["time"]
    assert status is CheckStatus.WARNING
    assert detail == "a few draws of go took more than 0 s" or detail.startswith("a few draws of python")


def test_an_error_in_timed_draws_is_a_failed_check(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def invalid(job: Job, *arguments: Any, **options: Any) -> Measurements:
        return measure.measure(changed(job, size_min=0), *arguments, **options)

    monkeypatch.setattr(run_module, "measure", invalid)
    status, detail, _ = checks_of(place, quick=False)["time"]
    assert status is CheckStatus.FAILED
    assert "the smallest and the largest vocabulary must exceed 391 pieces" in detail


def test_a_killed_measuring_process_is_a_worker_error(place: Place) -> None:
    (data,) = data_of(place, "go")
    task = DrawTask.of("go", [data], 5)
    with measure._Process() as process:
        process.give(job_of(place), [task])
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match=r"out of memory\?\); free memory"):
            [process.receive() for _ in range(2)]


def test_no_room_for_temporary_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_module, "estimate", failing(OSError(28, "No space left on device")))
    status, detail, _ = checks_of(place, quick=False)["time"]
    assert (status, detail) == (CheckStatus.WARNING, "cannot be measured (No space left on device)")


def test_no_folder_for_temporary_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run does without one, so this is no failure."""
    monkeypatch.setattr(tempfile, "mkdtemp", failing(FileNotFoundError(2, "No usable temporary directory found")))
    status, detail, remedy = checks_of(place, quick=False)["time"]
    assert status is CheckStatus.WARNING
    assert detail == "cannot be measured: no folder for temporary files can be written"
    assert remedy == "set TMPDIR to a folder that can be written and has room"


def failing(error: OSError) -> Callable[..., Any]:
    def fail(*_arguments: Any, **_options: Any) -> Any:
        raise error

    return fail
