"""The draws of a run that have no partial yet."""

import random
from collections.abc import Iterator

import pytest

from tokstats_parallel.engines.slurm.remaining import Remaining
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.tasks.stretches import StreamRange

STRETCHES = (
    (StreamRange("go", 0, 0, 100),),
    (StreamRange("go", 0, 100, 150), StreamRange("python", 0, 0, 40)),
    (StreamRange("python", 0, 40, 90),),
)


def shard(first: int, end: int, language: str = "go") -> Shard:
    return Shard(language, 0, first, end - first)


@pytest.fixture
def remaining() -> Remaining:
    return Remaining([shard(64, 150), shard(0, 64), shard(0, 90, "python")])


def test_shards_are_taken_once_whatever_their_cut(remaining: Remaining) -> None:
    assert remaining.take(shard(50, 100))
    assert not remaining.take(shard(50, 100))
    assert not remaining.take(shard(40, 60))
    assert not remaining.take(shard(90, 120))
    assert not remaining.take(shard(140, 160))
    assert not remaining.take(Shard("go", 1, 0, 10))
    assert remaining.take(shard(100, 150))
    assert remaining.take(shard(0, 50))
    assert remaining.take(shard(0, 90, "python"))
    assert not remaining


def test_tasks_are_missing_as_long_as_a_draw_of_theirs_is(remaining: Remaining) -> None:
    assert remaining.tasks(STRETCHES) == {0, 1, 2}
    remaining.take(shard(0, 99))
    assert remaining.tasks(STRETCHES) == {0, 1, 2}
    remaining.take(shard(99, 100))
    assert remaining.tasks(STRETCHES) == {1, 2}
    remaining.take(shard(0, 90, "python"))
    assert remaining.tasks(STRETCHES) == {1}


def test_whether_a_plan_has_all_that_remains(remaining: Remaining) -> None:
    assert remaining.lies_in(STRETCHES)
    assert not remaining.lies_in(STRETCHES[:2])
    assert not remaining.lies_in(STRETCHES[1:])
    remaining.take(shard(0, 100))
    assert remaining.lies_in(STRETCHES[1:])


def test_any_order_of_shards_empties_it() -> None:
    dice = random.Random(5)  # noqa: S311 - no secret
    for _ in range(50):
        cut = list(cuts(dice, 200))
        remaining = Remaining([shard(0, 200)])
        dice.shuffle(cut)
        assert all(remaining.take(one) for one in cut)
        assert not remaining


def cuts(dice: random.Random, end: int) -> Iterator[Shard]:
    first = 0
    while first < end:
        stop = min(end, first + dice.randint(1, 40))
        yield shard(first, stop)
        first = stop
