"""Stretches: every missing draw is in one, their work is about equal, and shards find the stretch they lie in."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.runs import small_job

from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.sampling import PoolSize
from tokstats_parallel.shards.plan import FILL_COST, Shard, plan
from tokstats_parallel.shards.streams import Stream, draws_of_streams
from tokstats_parallel.tasks.stretches import (
    StreamRange,
    Stretch,
    by_stretch,
    cut_stretches,
    draws_of_stretch,
    missing_shards,
    outside,
)

LANGUAGES = tuple(Language(f"lang{number}", 1.0 + number) for number in range(5))


def job_of(batches: int, *, pools: int = 1) -> Job:
    size = PoolSize(batch_texts=4, batches=16)
    return small_job(num_batches=batches, languages=LANGUAGES, pools=pools, pool_size=size)


def draws(ranges: Iterable[StreamRange | Shard]) -> list[tuple[Stream, int]]:
    return [(one.stream, draw) for one in ranges for draw in range(one.first_draw, one.end)]


@given(batches=st.integers(1, 900), pools=st.integers(1, 2), data=st.data())
def test_every_missing_draw_is_in_one_stretch(batches: int, pools: int, data: st.DataObject) -> None:
    job = job_of(batches, pools=pools)
    shards = plan(job, shard_draws=data.draw(st.integers(1, 200)))
    missing = data.draw(st.lists(st.sampled_from(shards), min_size=1, unique=True))
    tasks = data.draw(st.integers(1, sum(shard.draws for shard in missing)))
    stretches = cut_stretches(missing, tasks, window=16)
    assert len(stretches) == tasks
    assert all(draws_of_stretch(stretch) for stretch in stretches)
    assert sorted(draws(part for stretch in stretches for part in stretch)) == sorted(draws(missing))


@pytest.mark.parametrize("tasks", [1, 2, 7, 64])
def test_the_work_is_about_equal(tasks: int) -> None:
    job = job_of(20_000)
    fill = FILL_COST * 15
    stretches = cut_stretches(plan(job), tasks, window=16)
    work = [draws_of_stretch(stretch) + fill * len(stretch) for stretch in stretches]
    assert max(work) - min(work) < 0.05 * max(work) + fill
    assert sum(map(len, stretches)) <= len(LANGUAGES) + tasks - 1  # a cut fills one more pool at most


@pytest.mark.parametrize("tasks", [0, -1, 151])
def test_there_are_as_many_tasks_as_draws_at_most(tasks: int) -> None:
    with pytest.raises(ConfigError, match="must be at least 1, and at most 150"):
        cut_stretches(plan(job_of(150)), tasks, window=16)


@given(batches=st.integers(50, 900), tasks=st.integers(1, 40), size=st.integers(1, 100))
def test_the_shards_of_all_stretches_are_those_of_the_run(batches: int, tasks: int, size: int) -> None:
    job = job_of(batches)
    stretches = cut_stretches(plan(job), tasks, window=16)
    shards = [
        shard for stretch in stretches for shard in missing_shards(job, stretch, [], workers=size, tasks=len(stretches))
    ]
    assert sorted(draws(shards)) == sorted(draws(plan(job)))
    divided = by_stretch(stretches, shards)
    assert [sorted(draws(of_stretch)) for of_stretch in divided] == [sorted(draws(stretch)) for stretch in stretches]


def test_a_saved_shard_is_not_run_again() -> None:
    job = job_of(300)
    stretch = cut_stretches(plan(job), 3, window=16)[1]
    first = missing_shards(job, stretch, [], workers=8, tasks=1)
    done = first[::2]
    assert sorted(missing_shards(job, stretch, done, workers=8, tasks=1)) == sorted(set(first) - set(done))


def test_a_shard_across_the_end_of_a_stretch_is_in_none() -> None:
    stretches: list[Stretch] = [
        (StreamRange("go", 0, 0, 10),),
        (StreamRange("go", 0, 10, 20), StreamRange("r", 0, 0, 5)),
    ]
    inside, across, other = Shard("go", 0, 10, 10), Shard("go", 0, 5, 10), Shard("r", 1, 0, 5)
    assert by_stretch(stretches, [inside, across, other, Shard("r", 0, 2, 3)]) == [[], [inside, Shard("r", 0, 2, 3)]]


def test_what_is_outside() -> None:
    job = job_of(100)
    everything = {stream: count for stream, count in draws_of_streams(job).items() if count}
    part = StreamRange("lang4", 0, 2, 7)
    rest = outside(job, [part])
    assert draws_of_stretch(rest) == 95
    assert not set(draws([part])) & set(draws(rest))
    assert len(rest) == len(everything) + 1
