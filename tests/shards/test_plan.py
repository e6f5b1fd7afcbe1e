"""Plan: shards tile the draws, on nested grids, and those of any run, by any number of workers, fit any other."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from support.bounds import LIMIT, chi_square_z
from support.runs import small_job
from support.sampling import changed

from tokstats_parallel._native import count_draws
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.shards.plan import (
    FILL_COST,
    FILL_SHARE,
    HALVINGS,
    MIN_DRAWS,
    Shard,
    count_shards,
    inside_run,
    non_overlapping,
    plan,
)
from tokstats_parallel.shards.streams import batches_per_language

JOB = small_job(
    num_batches=300,
    languages=(Language("python", 1.0), Language("日本語", 0.5), Language("c", 3.0)),
    batches=16,
)

names = st.text(min_size=1, max_size=5)
weights = st.floats(1e-3, 1e3)
jobs = st.builds(
    changed,
    st.just(JOB),
    num_batches=st.integers(1, 500),
    seed=st.integers(0, 2**64 - 1),
    languages=st.dictionaries(names, weights, min_size=1, max_size=4).map(
        lambda drawn: tuple(Language(name, weight) for name, weight in drawn.items())
    ),
    pools=st.integers(1, 3),
    batches=st.integers(1, 40),
)
sizes = st.none() | st.integers(1, 600)
crowds = st.integers(1, 100)

Stream = tuple[str, int]


def draws(job: Job, batches: int) -> dict[Stream, int]:
    """Returns the number of draws of each stream among the first batches."""
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
    """Returns the stream of every batch, found by the draw that each batch adds."""
    steps = [Counter(draws(job, batches)) for batches in range(job.num_batches + 1)]
    return [next(iter((after - before).elements())) for before, after in pairwise(steps)]


def shorter(job: Job, batches: int, size: int | None = None) -> list[Shard]:
    """Returns the shards of a run of the first batches; empty for 0 batches."""
    return plan(replace(job, num_batches=batches), shard_draws=size) if batches else []


def tiles(job: Job, shards: Sequence[Shard]) -> bool:
    """Returns whether the shards hold every draw of the run once, and no other draw."""
    ends = dict.fromkeys(draws(job, job.num_batches), 0)
    for shard in sorted(shards):
        if shard.draws < 1 or ends[shard.stream] != shard.first_draw:
            return False
        ends[shard.stream] = shard.end
    return ends == draws(job, job.num_batches)


@given(jobs, sizes)
def test_shards_tile_the_draws(job: Job, size: int | None) -> None:
    assert tiles(job, plan(job, shard_draws=size))


@given(jobs, st.lists(st.tuples(st.integers(0, 500), sizes), max_size=5), sizes, st.randoms())
def test_saved_draws_are_not_drawn_again(
    job: Job, earlier: list[tuple[int, int | None]], size: int | None, random: Random
) -> None:
    """Earlier runs have any lengths and shard sizes, and some of their shards are left."""
    left = [shard for batches, cut in earlier for shard in shorter(job, batches, cut) if random.random() < 0.7]
    usable = inside_run(job, left)
    done = non_overlapping(usable)
    missing = plan(job, done=done, shard_draws=size)
    assert tiles(job, [*done, *missing])
    assert set(done) <= set(usable) <= set(left)
    assert all(any(set(points(one)) & set(points(other)) for other in done) for one in usable)
    step = size or max(MIN_DRAWS, 8 * job.pool_size.batches)
    ends = {shard.end for shard in done} | set(draws(job, job.num_batches).values())
    assert all(shard.draws <= step for shard in missing)
    assert all(shard.end % step == 0 or shard.end in ends | {one.first_draw for one in done} for shard in missing)


def points(shard: Shard) -> Iterator[tuple[str, int, int]]:
    return ((*shard.stream, draw) for draw in range(shard.first_draw, shard.end))


ranges = st.lists(st.builds(lambda first, draws: Shard("c", 0, first, draws), st.integers(0, 12), st.integers(1, 6)))


@given(ranges.map(lambda found: found[:8]))
def test_the_selection_has_as_many_draws_as_possible(found: list[Shard]) -> None:
    def fits(chosen: Sequence[Shard]) -> bool:
        return all(one.end <= other.first_draw for one, other in pairwise(chosen))

    choices = (chosen for size in range(len(found) + 1) for chosen in combinations(sorted(found), size))
    most = max(sum(shard.draws for shard in chosen) for chosen in choices if fits(chosen))
    ours = non_overlapping(found)
    assert fits(ours)
    assert set(ours) <= set(found)
    assert sum(shard.draws for shard in ours) == most


def test_a_longer_run_draws_what_is_missing() -> None:
    """The last shard of a stream ends off the grid; the next one goes on to the grid."""
    first, longer = replace(JOB, num_batches=1000), replace(JOB, num_batches=5000)
    done = plan(first)
    missing = plan(longer, done=non_overlapping(inside_run(longer, done)))
    assert sum(shard.draws for shard in missing) == 4000
    assert tiles(longer, done + missing)
    assert all(shard.end % 128 == 0 or shard.end == draws(longer, 5000)[shard.stream] for shard in missing)


def test_a_shorter_run_leaves_out_what_goes_beyond_it() -> None:
    longer = plan(replace(JOB, num_batches=5000))
    job = replace(JOB, num_batches=1000)
    done = non_overlapping(inside_run(job, longer))
    assert {shard.draws for shard in done} == {128}
    assert tiles(job, done + plan(job, done=done))
    assert sum(shard.draws for shard in plan(job, done=done)) < 128 * len(job.languages)


@given(jobs, st.lists(st.tuples(st.integers(0, 500), crowds), max_size=4), crowds, st.randoms())
def test_a_run_of_any_workers_uses_the_shards_of_any_others(
    job: Job, earlier: list[tuple[int, int]], workers: int, random: Random
) -> None:
    left = [
        shard
        for batches, crowd in earlier
        if batches
        for shard in plan(replace(job, num_batches=batches), workers=crowd)
        if random.random() < 0.7
    ]
    done = non_overlapping(inside_run(job, left))
    assert tiles(job, [*done, *plan(job, done=done, workers=workers)])


@given(jobs, crowds, crowds)
def test_the_grids_of_two_numbers_of_workers_are_nested(job: Job, workers: int, others: int) -> None:
    """Each shard of the wider grid is made of whole shards of the finer one."""
    first, second = plan(job, workers=workers), plan(job, workers=others)
    wide, fine = sorted([first, second], key=len)
    starts = {(shard.stream, shard.first_draw) for shard in fine}
    assert all((shard.stream, shard.first_draw) in starts for shard in wide)


@given(jobs, crowds)
def test_no_shard_is_shorter_than_the_smallest_cut_but_the_last(job: Job, workers: int) -> None:
    least = max(MIN_DRAWS, 8 * job.pool_size.batches) >> HALVINGS
    for shards in by_stream(plan(job, workers=workers)).values():
        assert all(shard.draws % least == 0 for shard in shards[:-1])


@given(jobs)
def test_no_run_has_more_shards_than_are_counted(job: Job) -> None:
    most = count_shards(job)
    assert len(plan(job, workers=most)) == len(plan(job, workers=10_000)) == most


@pytest.mark.parametrize(
    ("batches", "workers", "size"),
    [
        (1000, 2, 128),
        (1000, 8, 128),
        (1000, 16, 64),
        (1000, 64, 32),
        (150, 64, 16),
        (5000, 64, 128),
        (15_000, 1, 128),
        (20_000, 1, 1024),
        (200_000, 64, 512),
        (200_000, 10_000, 512),
    ],
)
def test_shards_are_as_long_as_drawing_and_merging_are_shortest(batches: int, workers: int, size: int) -> None:
    job = replace(JOB, num_batches=batches, languages=tuple(Language(name, 1.0) for name in "abcdef"))
    assert plan(job, workers=workers) == plan(job, shard_draws=size)


@pytest.mark.parametrize(("tasks", "size"), [(1, 128), (4, 256), (1000, 1024)])
def test_a_part_of_a_run_is_cut_as_the_merge_of_all_parts_asks(tasks: int, size: int) -> None:
    job = replace(JOB, num_batches=10_000)
    assert plan(job, workers=16, tasks=tasks) == plan(job, shard_draws=size)


def test_the_rest_of_a_run_is_cut_by_its_own_draws() -> None:
    """A run of one worker leaves little to 64 workers, so the rest is cut more finely than the whole."""
    job = replace(JOB, num_batches=20_000)
    whole = plan(job)
    assert whole[0].draws == 1024
    rest = plan(job, done=whole[1:], workers=64)
    assert sum(shard.draws for shard in rest) == 1024
    assert {shard.draws for shard in rest} == {32}


def test_a_long_run_by_many_workers_is_planned_in_no_time() -> None:
    job = replace(JOB, num_batches=1_000_000, pools=8)
    draws(job, 1_000_000)  # counted once and kept, as in a run
    start = time.process_time()
    plan(job, workers=10_000)
    assert time.process_time() - start < 2


def test_where_shards_overlap_the_longer_counts() -> None:
    """Shards of a 5,000-batch run and of two 1,000-batch runs overlap."""
    found = [Shard("c", 0, *one) for one in ((0, 128), (128, 39), (128, 128), (256, 128), (167, 89))]
    assert non_overlapping([*found[:4]]) == [found[0], found[2], found[3]]
    assert non_overlapping([found[0], found[1], found[4]]) == [found[0], found[1], found[4]]
    assert non_overlapping(found[:2]) == found[:2]


@given(jobs, st.integers(0, 300), sizes)
def test_shards_of_a_run_are_those_of_a_longer_one(job: Job, more: int, size: int | None) -> None:
    longer = set(plan(replace(job, num_batches=job.num_batches + more), shard_draws=size))
    for shards in by_stream(plan(job, shard_draws=size)).values():
        assert set(shards[:-1]) <= longer
        assert any(shard.first_draw == shards[-1].first_draw for shard in longer)


@given(jobs, sizes)
def test_shards_lie_on_a_grid(job: Job, size: int | None) -> None:
    step = size or max(MIN_DRAWS, 8 * job.pool_size.batches)  # runs of so few batches are cut into full shards
    for shards in by_stream(plan(job, shard_draws=size)).values():
        assert all(shard.first_draw % step == 0 for shard in shards)
        assert all(shard.draws == step for shard in shards[:-1])
        assert shards[-1].draws <= step


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
    """Returns the chi-square statistic of the counts, as a z-score, for the expected shares."""
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
    assume(kept)
    place = data.draw(st.integers(0, len(kept)))
    job = replace(job, languages=kept, num_batches=min(job.num_batches, 60))
    larger = replace(job, languages=(*kept[:place], Language(name, weight), *kept[place:]))
    for before, after in zip(sequence(job), sequence(larger), strict=True):
        assert after == before or after[0] == name


def test_seeds_give_other_plans() -> None:
    assert sequence(JOB) != sequence(replace(JOB, seed=43))


def test_a_larger_pool_has_longer_shards() -> None:
    job = replace(JOB, languages=JOB.languages[:1], num_batches=5000)
    assert max(shard.draws for shard in plan(changed(job, batches=1))) == MIN_DRAWS
    assert max(shard.draws for shard in plan(job)) == 128
    assert max(shard.draws for shard in plan(changed(job, batches=200))) == 1600


@pytest.mark.parametrize(
    ("window", "size", "percent"),
    [(8, 64, 6.5625), (16, 128, 7.03125), (100, 800, 7.425)],  # such as 15 stream batches at 0.6 for 128 draws
)
def test_filling_takes_its_share_of_a_full_shard(window: int, size: int, percent: float) -> None:
    assert max(shard.draws for shard in plan(changed(JOB, num_batches=64 * size, batches=window))) == size
    assert 100 * FILL_COST * (window - 1) / size == pytest.approx(percent)
    assert percent < 100 * FILL_SHARE


def test_a_long_run_has_a_wider_grid_and_uses_the_shards_of_a_short_one() -> None:
    """Where the short run ends off the wide grid, one shard goes on to it."""
    job = replace(JOB, num_batches=200_000)
    done = plan(replace(JOB, num_batches=10_000))
    missing = plan(job, done=done, workers=64)
    assert max(shard.draws for shard in missing) == 1024
    assert sum(shard.draws for shard in missing) == 190_000
    assert len(missing) < 200_000 / 1024 + 2 * len(JOB.languages)
    assert tiles(job, done + missing)


def test_a_grown_run_keeps_its_full_shards() -> None:
    """All but the last shard of each stream, of 1,000 batches in 5,000."""
    grown = set(plan(replace(JOB, num_batches=5000)))
    for shards in by_stream(plan(replace(JOB, num_batches=1000))).values():
        assert set(shards[:-1]) <= grown


def test_shards_have_names() -> None:
    assert str(Shard("python", 1, 64, 36)) == "python.1.64-100"
    names = {str(shard) for shard in plan(replace(JOB, pools=3), shard_draws=5)}
    assert len(names) == len(plan(replace(JOB, pools=3), shard_draws=5))
