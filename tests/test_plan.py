"""Shards: they tile what the batches draw, on a grid that neither the workers nor the run's length moves."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from bounds import LIMIT, chi_square_z
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel._native import count_draws
from tokstats_parallel.job import Job
from tokstats_parallel.languages import Language
from tokstats_parallel.plan import FILL_COST, FILL_SHARE, LEAST_DRAWS, Shard, batches_per_language, plan
from tokstats_parallel.tokenizer import Reference

JOB = Job(
    num_batches=300,
    seed=42,
    languages=(Language("python", 1.0), Language("日本語", 0.5), Language("c", 3.0)),
    train_directory=Path("/nowhere"),
    reference=Reference("</s>", ()),
    span=2048,
    pack=True,
    crop=True,
    pools=1,
    batch_texts=128,
    window=16,
    size_mean=32768.0,
    size_std=0.0,
    size_min=16384,
    size_max=32768,
    noise_mean=0.0,
    noise_std=0.0,
)

names = st.text(min_size=1, max_size=5)
weights = st.floats(1e-3, 1e3)
jobs = st.builds(
    replace,
    st.just(JOB),
    num_batches=st.integers(1, 500),
    seed=st.integers(0, 2**64 - 1),
    languages=st.dictionaries(names, weights, min_size=1, max_size=4).map(
        lambda drawn: tuple(Language(name, weight) for name, weight in drawn.items())
    ),
    pools=st.integers(1, 3),
    window=st.integers(1, 40),
)
sizes = st.none() | st.integers(1, 600)

Stream = tuple[str, int]


def draws(job: Job, batches: int) -> dict[Stream, int]:
    """The draws of each stream among the first batches."""
    languages = [(language.name, language.weight) for language in job.languages]
    counts = count_draws(languages, seed=job.seed, pools=job.pools, batches=batches)
    return {
        (language.name, pool): count
        for language, pools in zip(job.languages, counts, strict=True)
        for pool, count in enumerate(pools)
    }


def by_stream(shards: Sequence[Shard]) -> dict[Stream, list[Shard]]:
    streams = defaultdict(list)
    for shard in sorted(shards, key=lambda shard: shard.first_draw):
        streams[shard.language, shard.pool].append(shard)
    return streams


def sequence(job: Job) -> list[Stream]:
    """The stream of every batch, from what each batch adds to the counts."""
    steps = [Counter(draws(job, batches)) for batches in range(job.num_batches + 1)]
    return [next(iter((after - before).elements())) for before, after in pairwise(steps)]


@given(jobs, sizes, st.data())
def test_shards_tile_the_draws(job: Job, size: int | None, data: st.DataObject) -> None:
    first_batch = data.draw(st.integers(0, job.num_batches))
    shards = plan(job, first_batch=first_batch, shard_draws=size)
    before, after = draws(job, first_batch), draws(job, job.num_batches)
    assert sum(shard.draws for shard in shards) == job.num_batches - first_batch
    for stream, tiles in by_stream(shards).items():
        assert all(shard.draws >= 1 for shard in tiles)
        assert all(one.first_draw + one.draws == other.first_draw for one, other in pairwise(tiles))
        assert tiles[0].first_draw == before[stream]
        assert tiles[-1].first_draw + tiles[-1].draws == after[stream]
    assert {stream for stream in after if after[stream] > before[stream]} == set(by_stream(shards))


@given(jobs, st.integers(0, 300), sizes)
def test_shards_of_a_run_are_those_of_a_longer_one(job: Job, more: int, size: int | None) -> None:
    longer = set(plan(replace(job, num_batches=job.num_batches + more), shard_draws=size))
    for tiles in by_stream(plan(job, shard_draws=size)).values():
        assert set(tiles[:-1]) <= longer
        assert any(shard.first_draw == tiles[-1].first_draw for shard in longer)


@given(jobs, sizes, st.data())
def test_shards_lie_on_a_grid(job: Job, size: int | None, data: st.DataObject) -> None:
    first_batch = data.draw(st.integers(0, job.num_batches))
    step = size or max(LEAST_DRAWS, 8 * job.window)
    for tiles in by_stream(plan(job, first_batch=first_batch, shard_draws=size)).values():
        assert all(shard.first_draw % step == 0 for shard in tiles[1:])
        assert all(shard.draws == step for shard in tiles[1:-1])
        assert all(shard.draws <= step for shard in tiles)


@given(jobs, sizes)
def test_long_shards_come_first_and_the_order_is_fixed(job: Job, size: int | None) -> None:
    shards = plan(job, shard_draws=size)
    assert [shard.draws for shard in shards] == sorted((shard.draws for shard in shards), reverse=True)
    backwards = replace(job, languages=job.languages[::-1])
    assert plan(backwards, shard_draws=size) == shards == plan(job, shard_draws=size)


@given(jobs)
def test_batches_per_language_are_all_batches_in_the_jobs_order(job: Job) -> None:
    batches = batches_per_language(job)
    assert list(batches) == [language.name for language in job.languages]
    assert sum(batches.values()) == job.num_batches
    drawn = Counter[str]()
    for shard in plan(job):
        drawn[shard.language] += shard.draws
    assert drawn == Counter(batches)


def test_every_batch_is_one_draw() -> None:
    job = replace(JOB, pools=3)
    for before, after in pairwise([draws(job, batches) for batches in range(200)]):
        assert sorted(after[stream] - before[stream] for stream in after) == [0] * 8 + [1]


def shares_z(times: Sequence[int], shares: Sequence[float]) -> float:
    """How improbable these counts are where each share of all is expected."""
    expected = [share / sum(shares) * sum(times) for share in shares]
    statistic = sum((time - mean) ** 2 / mean for time, mean in zip(times, expected, strict=True))
    return chi_square_z(statistic, len(times) - 1)


@pytest.mark.parametrize("seed", [0, 42, 2**64 - 1])
def test_languages_are_drawn_by_weight(seed: int) -> None:
    batches = batches_per_language(replace(JOB, seed=seed, num_batches=20_000))
    assert shares_z(list(batches.values()), [language.weight for language in JOB.languages]) < LIMIT
    assert shares_z(list(batches.values()), [1.0, 0.6, 3.0]) > LIMIT, "the bound lets a wrong weight pass"


def test_tiny_weights_count_by_their_share() -> None:
    for scale in (1e-300, 5e-324, 1e300):
        languages = (Language("python", 1 * scale), Language("java", 1 * scale))
        batches = batches_per_language(replace(JOB, languages=languages, num_batches=4000))
        assert shares_z(list(batches.values()), [1, 1]) < LIMIT, scale


def test_pools_are_drawn_evenly_and_apart_from_the_language() -> None:
    times = draws(replace(JOB, pools=4), 20_000)
    for language in JOB.languages:
        assert shares_z([times[language.name, pool] for pool in range(4)], [1] * 4) < LIMIT


def test_pools_move_no_batch_to_another_language() -> None:
    assert batches_per_language(replace(JOB, pools=5)) == batches_per_language(JOB)


def test_successive_batches_are_independent() -> None:
    job = replace(JOB, languages=(Language("python", 1.0), Language("java", 1.0)), num_batches=3000)
    order = [language for language, _ in sequence(job)]
    assert shares_z(list(Counter(pairwise(order)).values()), [1] * 4) < LIMIT


@given(jobs, st.data())
def test_the_first_batches_of_a_run_are_the_shorter_run(job: Job, data: st.DataObject) -> None:
    batches = data.draw(st.integers(0, job.num_batches))
    earlier, whole = draws(job, batches), draws(job, job.num_batches)
    assert all(earlier[stream] <= whole[stream] for stream in whole)
    assert sequence(job)[:batches] == sequence(replace(job, num_batches=max(batches, 1)))[:batches]


@given(jobs, names, weights, st.data())
def test_an_added_language_takes_batches_and_moves_none(
    job: Job, name: str, weight: float, data: st.DataObject
) -> None:
    """SPEC 5.3: every batch keeps its stream unless the new language takes it."""
    kept = tuple(language for language in job.languages if language.name != name)
    place = data.draw(st.integers(0, len(kept)))
    if not kept:
        return
    job = replace(job, languages=kept, num_batches=min(job.num_batches, 60))
    larger = replace(job, languages=(*kept[:place], Language(name, weight), *kept[place:]))
    for before, after in zip(sequence(job), sequence(larger), strict=True):
        assert after == before or after[0] == name


def test_seeds_give_other_plans() -> None:
    assert sequence(JOB) != sequence(replace(JOB, seed=43))


def test_a_wider_window_has_longer_shards() -> None:
    job = replace(JOB, languages=JOB.languages[:1], num_batches=10_000)
    assert max(shard.draws for shard in plan(replace(job, window=1))) == LEAST_DRAWS
    assert max(shard.draws for shard in plan(job)) == 128
    assert max(shard.draws for shard in plan(replace(job, window=200))) == 1600


@pytest.mark.parametrize("window", [8, 16, 100])
def test_filling_takes_its_share_of_a_full_shard(window: int) -> None:
    size = max(shard.draws for shard in plan(replace(JOB, num_batches=20_000, window=window)))
    assert FILL_COST * (window - 1) <= FILL_SHARE * size


def test_a_grown_run_keeps_its_full_shards() -> None:
    """All but the last shard of each stream, of 1,000 batches in 5,000."""
    grown = set(plan(replace(JOB, num_batches=5000)))
    for tiles in by_stream(plan(replace(JOB, num_batches=1000))).values():
        assert set(tiles[:-1]) <= grown


def test_shards_have_names() -> None:
    assert str(Shard("python", 1, 64, 36)) == "python.1.64-100"
    names = {str(shard) for shard in plan(replace(JOB, pools=3), shard_draws=5)}
    assert len(names) == len(plan(replace(JOB, pools=3), shard_draws=5))
