"""Choice of a text's rows and crop: permutations, uniform and independent of each other. Most seeds are fixed."""

import itertools
from collections.abc import Callable
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bounds import LIMIT, uniformity_z
from support.streams import Judge, Setting

from tokstats_parallel._native import Stream


@given(st.integers(1, 300), st.integers(0, 2**64 - 1), st.integers(0, 2**30), st.integers(0, 2**20))
def test_row_order_is_a_permutation(n_rows: int, seed: int, epoch: int, appended: int) -> None:
    stream = Judge(["a"] * n_rows, Setting(seed=seed)).stream
    order = [stream.row_order(epoch * n_rows + index, appended) for index in range(n_rows)]
    assert sorted(order) == list(range(n_rows))


BASE = Judge(["a"] * 1000, Setting())


def order_of(judge: Judge, epoch: int = 0, appended: int = 0) -> list[int]:
    n_rows = len(judge.rows)
    return [judge.stream.row_order(epoch * n_rows + index, appended) for index in range(n_rows)]


def test_every_part_of_the_path_changes_the_order() -> None:
    orders = [
        order_of(BASE),
        order_of(BASE, epoch=1),
        order_of(BASE, epoch=2**32),
        order_of(BASE, appended=1),
        order_of(BASE, appended=2),
        order_of(BASE.but(pool=1)),
        order_of(BASE.but(language="pytho")),
        order_of(BASE.but(language="java")),
        order_of(BASE.but(seed=2)),
        order_of(BASE.but(seed=2**63)),
    ]
    for one, other in itertools.combinations(orders, 2):  # of 1000 rows, 1 is expected at the same index
        assert sum(a == b for a, b in zip(one, other, strict=True)) < 10


def test_neither_text_settings_nor_other_rows_change_the_order() -> None:
    for same in (BASE.but(span=7), BASE.but(pack=False), BASE.but(crop=False), BASE.but(eos="")):
        assert order_of(same) == order_of(BASE)
    assert order_of(Judge(["b\n"] * 1000, BASE.setting)) == order_of(BASE)


@cache
def small(n_rows: int, seed: int = 1, language: str = "python", pool: int = 0) -> Stream:
    return Judge(["a"] * n_rows, Setting(seed=seed, language=language, pool=pool)).stream


@pytest.mark.parametrize("n_rows", [2, 3, 4])
def test_every_permutation_is_as_likely(n_rows: int) -> None:
    stream = small(n_rows)
    times = dict.fromkeys(itertools.permutations(range(n_rows)), 0)
    for epoch in range(6000):
        times[tuple(stream.row_order(epoch * n_rows + index, 0) for index in range(n_rows))] += 1
    assert abs(uniformity_z(times.values())) < LIMIT


@pytest.mark.parametrize("n_rows", [5, 6, 8, 17])
def test_every_pair_of_successive_rows_is_as_likely(n_rows: int) -> None:
    stream = small(n_rows)
    times = dict.fromkeys(itertools.permutations(range(n_rows), 2), 0)
    for text in range(0, 10_000 * n_rows, n_rows):
        times[stream.row_order(text, 0), stream.row_order(text + 1, 0)] += 1
    assert abs(uniformity_z(times.values())) < LIMIT


NEIGHBOURS: dict[str, Callable[[int, int], int]] = {
    "appended row": lambda n, trial: small(n).row_order(trial * n, 1),
    "second appended row": lambda n, trial: small(n).row_order(trial * n, 2),
    "next epoch": lambda n, trial: small(n).row_order(trial * n + n, 0),
    "other text of the next epoch": lambda n, trial: small(n).row_order(trial * n + n + 1, 0),
    "other text with an appended row": lambda n, trial: small(n).row_order(trial * n + 1, 1),
    "pool": lambda n, trial: small(n, pool=1).row_order(trial * n, 0),
    "language": lambda n, trial: small(n, language="java").row_order(trial * n, 0),
    "seed": lambda n, trial: small(n, seed=2).row_order(trial * n, 0),
    "crop": lambda n, trial: small(n).crop_start(trial * n, 40 + n - 1),
}


@pytest.mark.parametrize("n_rows", [2, 5, 7])
@pytest.mark.parametrize("neighbour", NEIGHBOURS)
def test_neighbouring_choices_are_independent(n_rows: int, neighbour: str) -> None:
    times = dict.fromkeys(itertools.product(range(n_rows), repeat=2), 0)
    for trial in range(5000):
        times[small(n_rows).row_order(trial * n_rows, 0), NEIGHBOURS[neighbour](n_rows, trial)] += 1
    assert abs(uniformity_z(times.values())) < LIMIT


def test_successive_seeds_are_independent() -> None:
    times = dict.fromkeys(itertools.product(range(5), repeat=3), 0)
    for seed in range(4000):
        times[small(5, seed).row_order(0, 0), small(5, seed + 1).row_order(0, 0), seed % 5] += 1
    assert abs(uniformity_z(times.values())) < LIMIT


@pytest.mark.parametrize("spare", [1, 2, 6, 31])
def test_crops_start_anywhere_as_likely(spare: int) -> None:
    stream = small(3)
    times = dict.fromkeys(itertools.product(range(spare + 1), range(2)), 0)
    for text in range(10_000):
        times[stream.crop_start(text, 40 + spare), text % 2] += 1
    assert abs(uniformity_z(times.values())) < LIMIT


def test_crops_of_successive_texts_are_independent() -> None:
    times = dict.fromkeys(itertools.product(range(8), repeat=2), 0)
    for text in range(10_000):
        times[small(3).crop_start(text, 47), small(3).crop_start(text + 1, 47)] += 1
    assert abs(uniformity_z(times.values())) < LIMIT


@given(st.integers(0, 40), st.integers(0, 2**48))
def test_short_texts_are_not_cropped(characters: int, text: int) -> None:
    assert small(3).crop_start(text, characters) == 0


@given(st.integers(41, 2**33), st.integers(0, 2**48))
def test_crops_stay_within_the_text(characters: int, text: int) -> None:
    assert 0 <= small(3).crop_start(text, characters) <= characters - 40
