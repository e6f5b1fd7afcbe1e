"""Timetables: worked by hand, and true to the plan and the schedule of a run."""

import time
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.runs import small_job

from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.schedule import makespan
from tokstats_parallel.simulate.costs import Costs, StreamCosts
from tokstats_parallel.simulate.timetable import timetable
from tokstats_parallel.validate.token_growth import TokenGrowth

STREAM = StreamCosts(fill_seconds=2.0, draw_seconds=0.5, growth=TokenGrowth(draws=1, tokens=10, fewer_tokens=0))
COSTS = Costs(
    start_seconds=1.0,
    streams=dict.fromkeys(("go", "python"), STREAM),
    save_seconds=0.25,
    check_seconds=0.1,
    merge_seconds=0.001,
    write_seconds=0.002,
    entry_bytes=3.0,
    token_bytes=40.0,
    distinct_share=0.5,
)


def job_of(*languages: str, batches: int) -> Job:
    """Returns a job whose full shards have 128 draws, and whose pools have all tokens of 10 draws and a draw each."""
    return small_job(languages=tuple(Language(name, 1.0) for name in languages), num_batches=batches, batches=16)


def test_a_timetable_worked_by_hand() -> None:
    """Two shards of 64 draws: each fills a pool, draws 32 s and is saved; both are checked when they have ended."""
    found = timetable(job_of("go", batches=128), COSTS, 2)
    assert (found.workers, found.tasks, found.shards, found.shard_draws) == (2, 1, 2, 64)
    assert found.start_seconds == 1.0
    assert found.shards_seconds == 34.25
    assert found.check_seconds == pytest.approx(0.2)
    assert found.merge_seconds == pytest.approx(1.28)
    assert found.write_seconds == pytest.approx(1.28)
    assert found.seconds == pytest.approx(1 + 34.25 + 0.2 + 1.28 + 1.28)
    assert found.fill_share == pytest.approx(4 / 68.5)
    assert found.idle_share == pytest.approx(0)
    assert (found.tokens, found.written_bytes, found.read_bytes, found.result_bytes) == (640, 3840, 7680, 25600)


def test_workers_without_a_shard_are_idle() -> None:
    two, four = (timetable(job_of("go", batches=30), COSTS, workers) for workers in (2, 4))
    assert (two.shards, four.shards) == (2, 2)
    assert four.seconds == two.seconds
    assert four.idle_share == pytest.approx((1 + two.idle_share) / 2)


@pytest.mark.parametrize("languages", [1, 3, 6])
def test_a_short_run_serves_two_workers_and_sixty_four(languages: int) -> None:
    """By the constants of docs/scaling.md."""
    names = [f"language{number}" for number in range(languages)]
    stream = replace(STREAM, fill_seconds=0.0279, draw_seconds=0.00205)
    costs = replace(COSTS, streams=dict.fromkeys(names, stream), save_seconds=0.0027)
    job = job_of(*names, batches=1000)
    assert timetable(job, costs, 2).fill_share < 0.1
    assert timetable(job, costs, 64).idle_share < 0.6


def test_checks_wait_for_shards_and_for_each_other() -> None:
    """A slow check of three shards that end at 10.25 s, 18.25 s and 26.25 s."""
    costs = replace(COSTS, check_seconds=9.0)
    shards = plan(job_of("go", batches=300), workers=1)
    ends = [2 + 0.5 * end + 0.25 * number for number, end in enumerate((128, 256, 300), 1)]
    assert [shard.draws for shard in shards] == [128, 128, 44]
    found = timetable(job_of("go", batches=300), costs, 1)
    assert found.shards_seconds == ends[-1]
    assert found.check_seconds == pytest.approx(9.0), "the checks before take less than the shards behind"
    slow = timetable(job_of("go", batches=300), replace(COSTS, check_seconds=100.0), 1)
    assert slow.check_seconds == pytest.approx(ends[0] + 300 - ends[-1])


@given(st.integers(1, 3000), st.integers(1, 200))
def test_shards_end_when_the_schedule_of_the_plan_says(batches: int, workers: int) -> None:
    job = job_of("go", "python", batches=batches)
    shards = plan(job, workers=workers)
    found = timetable(job, COSTS, workers)
    assert found.shards == len(shards)
    assert found.shards_seconds == makespan(shards, workers, COSTS.seconds)
    assert found.written_bytes == pytest.approx(30 * batches)


def test_one_task_is_a_run_by_one_engine_and_more_begin_twice() -> None:
    """Two tasks of two workers each have a language each; the merge comes after the last of them."""
    job = job_of("go", "python", batches=1000)
    four, tasks = timetable(job, COSTS, 4), timetable(job, COSTS, 4, tasks=2)
    assert (tasks.tasks, tasks.workers) == (2, 4)
    assert tasks.start_seconds == 2 * four.start_seconds
    assert tasks.check_seconds == pytest.approx(0.1 * tasks.shards)
    assert tasks.shards_seconds >= four.shards_seconds
    assert timetable(job, COSTS, 4, tasks=1) == four


def test_tasks_without_a_worker_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"--tasks 5: more than the 4 workers"):
        timetable(job_of("go", batches=1000), COSTS, 4, tasks=5)


def test_filling_counts_once_for_consecutive_shards() -> None:
    def fills(shards: Sequence[Shard]) -> int:
        return sum(shard.first_draw == 0 for shard in shards)

    job = job_of("go", "python", batches=2000)
    found = timetable(job, COSTS, 1)
    assert found.fill_share == pytest.approx(2.0 * fills(plan(job)) / found.shards_seconds)


@pytest.mark.parametrize(
    ("batches", "workers", "tasks"), [(200_000, 1024, 1), (1_000_000, 10_000, 1), (1_000_000, 10_000, 1000)]
)
def test_a_long_run_by_thousands_of_workers_is_simulated_in_seconds(batches: int, workers: int, tasks: int) -> None:
    start = time.process_time()
    found = timetable(job_of("go", "python", batches=batches), COSTS, workers, tasks=tasks)
    assert time.process_time() - start < 10
    assert found.workers == workers
