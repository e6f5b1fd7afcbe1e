"""Schedule: every shard is given once, along chains, and all workers end at about the same time."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.paths import CONFIGS
from support.runs import small_job

from tokstats_parallel.config.languages import Language, read_languages
from tokstats_parallel.shards.plan import FILL_COST, Shard, count_shards, plan
from tokstats_parallel.shards.schedule import Schedule, follows, makespan

# The parts of the published config that its shards depend on.
PUBLISHED = small_job(
    num_batches=1000,
    languages=tuple(Language(name, 1.0) for name in read_languages("code_only.txt", config_folder=CONFIGS).names),
    batches=16,
)
FILLING = FILL_COST * (PUBLISHED.pool_size.batches - 1)
MOST_FILLING = 0.1  # of all work
MOST_IDLE = 0.6  # of all workers' time

lengths = st.lists(st.integers(1, 9), min_size=1, max_size=12)
streams = st.dictionaries(st.tuples(st.sampled_from("abc"), st.integers(0, 1)), lengths, max_size=6)


def shards_of(drawn: dict[tuple[str, int], list[int]], gap: int) -> list[Shard]:
    """Returns consecutive shards of each stream, without one, as in a resumed run."""
    shards = []
    for (language, pool), draws in drawn.items():
        first = 0
        for number, count in enumerate(draws):
            if number != gap:
                shards.append(Shard(language, pool, first, count))
            first += count
    return shards


def turns(shards: Sequence[Shard], workers: int) -> Iterator[tuple[int, Shard]]:
    """Returns the shards in the order in which workers take them in turn."""
    schedule = Schedule(shards, workers)
    while taken := [(worker, shard) for worker in range(workers) if (shard := schedule.next(worker))]:
        yield from taken


def cost(shard: Shard, goes_on: bool) -> float:
    return shard.draws + (0.0 if goes_on else FILLING)


def filling(shards: Sequence[Shard], workers: int) -> float:
    """Returns the share of the work that fills pools."""
    fills: list[Shard] = []

    def counted(shard: Shard, goes_on: bool) -> float:
        fills.extend([] if goes_on else [shard])
        return cost(shard, goes_on)

    makespan(shards, workers, counted)
    work = FILLING * len(fills)
    return work / (work + sum(shard.draws for shard in shards))


@given(streams, st.integers(0, 3), st.integers(1, 7))
def test_every_shard_is_given_once(drawn: dict[tuple[str, int], list[int]], gap: int, workers: int) -> None:
    shards = shards_of(drawn, gap)
    assert sorted(shard for _, shard in turns(shards, workers)) == sorted(shards)


@given(streams, st.integers(0, 3), st.integers(1, 7))
def test_no_worker_is_without_a_shard_while_one_waits(
    drawn: dict[tuple[str, int], list[int]], gap: int, workers: int
) -> None:
    shards = shards_of(drawn, gap)
    taken = list(turns(shards, workers))
    assert [worker for worker, _ in taken] == [number % workers for number in range(len(shards))]


@given(streams, st.integers(0, 3), st.integers(1, 7))
def test_the_order_of_the_shards_does_not_matter(
    drawn: dict[tuple[str, int], list[int]], gap: int, workers: int
) -> None:
    shards = shards_of(drawn, gap)
    assert list(turns(shards[::-1], workers)) == list(turns(shards, workers))


@given(streams)
def test_one_worker_fills_once_a_stream(drawn: dict[tuple[str, int], list[int]]) -> None:
    shards = [shard for _, shard in turns(shards_of(drawn, -1), 1)]
    assert sum(not follows(*pair) for pair in pairwise(shards)) == max(0, len(drawn) - 1)


def test_workers_spread_over_streams_the_longest_first() -> None:
    shards = [
        Shard(name, 0, first, 10)
        for name, count in {"a": 2, "b": 4, "c": 3}.items()
        for first in range(0, count * 10, 10)
    ]
    schedule = Schedule(shards, 2)
    given = [schedule.next(worker) for worker in (0, 1, 0, 1)]
    assert [(shard.language, shard.first_draw) for shard in given if shard] == [
        ("b", 0),
        ("c", 0),
        ("b", 10),
        ("c", 10),
    ]


def test_an_idle_worker_steals_the_second_half_of_the_longest_chain() -> None:
    schedule = Schedule([Shard("a", 0, first, 10) for first in range(0, 70, 10)], 3)
    firsts = [shard.first_draw for worker in (0, 1, 2, 0, 1, 2) if (shard := schedule.next(worker))]
    assert firsts == [0, 40, 20, 10, 50, 30]


def test_a_long_chain_goes_before_the_rest_of_a_short_one_at_the_end() -> None:
    shards = [
        Shard("a", 0, 0, 10),
        Shard("a", 0, 10, 2),
        Shard("b", 0, 0, 10),
        Shard("b", 0, 10, 1),
        Shard("c", 0, 0, 10),
    ]
    schedule = Schedule(shards, 2)
    order = [schedule.next(worker) for worker in (0, 1, 0, 1, 1)]
    assert order == [shards[0], shards[2], shards[4], shards[3], shards[1]]


def test_gaps_part_chains() -> None:
    assert follows(Shard("a", 0, 0, 5), Shard("a", 0, 5, 1))
    for other in (Shard("a", 0, 6, 1), Shard("a", 1, 5, 1), Shard("b", 0, 5, 1)):
        assert not follows(Shard("a", 0, 0, 5), other)


def test_there_may_be_nothing_to_do() -> None:
    assert Schedule([], 2).next(0) is None
    assert makespan([], 2, cost) == 0.0


def planned(workers: int, *, batches: int = 1000, seed: int = 42) -> list[Shard]:
    return plan(replace(PUBLISHED, num_batches=batches, seed=seed), workers=workers)


def idle(shards: Sequence[Shard], workers: int) -> float:
    """Returns the share of the workers' time in which they have no shard, until the last shard ends."""
    costs: list[float] = []

    def counted(shard: Shard, goes_on: bool) -> float:
        costs.append(cost(shard, goes_on))
        return costs[-1]

    whole = makespan(shards, workers, counted) * workers
    return 1 - sum(costs) / whole


@pytest.mark.parametrize("batches", [1000, 5000])
def test_filling_is_a_small_part_of_the_published_run(batches: int) -> None:
    """For every number of workers up to 8, and a part of the work that is worth its gain for more of them."""
    shares = {workers: filling(planned(workers, batches=batches), workers) for workers in range(1, 65)}
    assert max(shares[workers] for workers in range(1, 9)) < MOST_FILLING
    assert max(shares[workers] for workers in (1, 2)) < MOST_FILLING / 1.5
    assert max(shares.values()) < {1000: 0.25, 5000: MOST_FILLING}[batches]


@pytest.mark.parametrize("seed", range(20))
def test_filling_and_idle_workers_are_few_by_other_seeds(seed: int) -> None:
    """Shares of a run of 1,000 batches of six languages."""
    assert max(filling(planned(workers, seed=seed), workers) for workers in (1, 2)) < MOST_FILLING
    assert idle(planned(2, seed=seed), 2) < 0.05
    assert idle(planned(64, seed=seed), 64) < MOST_IDLE


def test_the_shares_of_the_published_run() -> None:
    """By 2 workers, and by 64; a cut that does not know the 64 workers leaves 52 of them idle."""
    assert filling(planned(2), 2) == pytest.approx(0.0512, abs=1e-4)
    assert idle(planned(2), 2) == pytest.approx(0.0075, abs=1e-4)
    assert filling(planned(64), 64) == pytest.approx(0.2395, abs=1e-4)
    assert idle(planned(64), 64) == pytest.approx(0.4989, abs=1e-4)
    assert idle(planned(1), 64) == pytest.approx(0.8737, abs=1e-4)


@pytest.mark.parametrize(("batches", "workers", "most"), [
    (1000, 1, 1.0), (1000, 2, 1.02), (1000, 4, 1.1), (1000, 8, 1.1),
    (5000, 1, 1.0), (5000, 2, 1.02), (5000, 4, 1.06), (5000, 8, 1.06), (5000, 64, 1.7),
])  # fmt: skip
def test_all_workers_end_at_about_the_same_time(batches: int, workers: int, most: float) -> None:
    """Compared with a lower bound: each stream filled once, each worker once, all work shared evenly."""
    work = batches + FILLING * max(len(PUBLISHED.languages), workers)
    assert makespan(planned(workers, batches=batches), workers, cost) <= most * work / workers + 1e-6


@pytest.mark.parametrize("workers", range(count_shards(PUBLISHED), 65))
def test_a_worker_for_each_shard_leaves_none_waiting(workers: int) -> None:
    shards = planned(workers)
    assert makespan(shards, workers, cost) == max(shard.draws for shard in shards) + FILLING


def seconds_to_schedule(shards: Sequence[Shard], workers: int = 64) -> float:
    """Returns the processor time of giving all shards to the workers; the least of some tries."""
    tries = []
    for _ in range(3):
        start = time.process_time()
        makespan(shards, workers, cost)
        tries.append(time.process_time() - start)
    return min(tries)


def test_a_choice_does_not_look_at_all_waiting_shards() -> None:
    """Eight times as many streams and shards take about eight times as long, and not 64 times."""
    two = (Language("a", 1.0), Language("b", 2.0))
    few, many = (plan(replace(PUBLISHED, num_batches=15 * pools, pools=pools, languages=two)) for pools in (150, 1200))
    assert len(many) / len(few) == pytest.approx(8, rel=0.05)
    assert seconds_to_schedule(many) < 20 * seconds_to_schedule(few)


def test_a_choice_does_not_look_at_all_workers() -> None:
    """Eight times as many workers and shards take about eight times as long, and not 64 times."""
    few, many = (plan(replace(PUBLISHED, num_batches=batches), shard_draws=16) for batches in (16_000, 128_000))
    assert len(many) / len(few) == pytest.approx(8, rel=0.05)
    assert seconds_to_schedule(many, 4000) < 20 * seconds_to_schedule(few, 500)


def test_a_shard_that_was_put_back_goes_to_the_next_idle_worker() -> None:
    shards = [Shard(name, 0, first, 10) for name in "ab" for first in range(0, 30, 10)]
    schedule = Schedule(shards, 2)
    lost, other = schedule.next(0), schedule.next(1)
    assert lost
    assert other
    schedule.put_back(lost)
    assert schedule.next(1) == lost
    rest = [schedule.next(worker) for worker in (0, 1, 0, 1)]
    assert sorted(shard for shard in rest if shard) == sorted(set(shards) - {lost, other})
    assert schedule.next(0) is None
    schedule.put_back(other)
    assert [schedule.next(0), schedule.next(0)] == [other, None]


@given(streams, st.integers(0, 3), st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["end", "fail", "leave"]))))
def test_every_shard_ends_once_whoever_fails_or_leaves(
    drawn: dict[tuple[str, int], list[int]], gap: int, events: list[tuple[int, str]]
) -> None:
    shards = shards_of(drawn, gap)
    schedule = Schedule(shards, 4)
    there, ended = [0, 1, 2, 3], list[Shard]()
    for number, event in events:
        worker = there[number % len(there)]
        shard = schedule.next(worker)
        if event == "leave" and len(there) > 1:
            there.remove(worker)
            schedule.leave(worker)
        if shard and event == "end":
            ended.append(shard)
        elif shard:
            schedule.put_back(shard)
    while shard := schedule.next(there[0]):
        ended.append(shard)
    assert sorted(ended) == sorted(shards)
