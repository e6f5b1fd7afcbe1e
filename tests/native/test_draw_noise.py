"""The core's shards against the oracle where chance decides: sizes, noise, ties. All seeds are fixed."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import oracle
import pytest
from support.bounds import LIMIT, difference_z, distance_z, worst_z
from support.shards import Options, counts, shard
from support.streams import Judge, Setting

# With one row, neither packed nor cropped, all texts are that row: every draw has the same pool.
ROW = (
    "the cat, the rat; the bat's internal theses\n\n汉字汉字 return xs == ys  # Überblick über the привет "
    "of the bats, internationalization of cats"
)
CONSTANT = Judge([ROW], Setting(span=200, pack=False, crop=False))
SCORES = CONSTANT.scores(0, batch_texts=1, batches=1)
ELIGIBLE = oracle.eligible(SCORES)
DRAWS = 2000


def core_draws(size: int, judge: Judge = CONSTANT, **options: Any) -> list[set[str]]:
    shape = {"batch_texts": 1, "batches": 1}
    return [set(counts(shard(judge, draw, 1, size=size, **(shape | options)))) for draw in range(DRAWS)]


def judge_draws(sizes: Sequence[int], noises: Sequence[float], rng: np.random.Generator) -> list[set[str]]:
    return [
        {piece for piece, _ in oracle.noised_draw(SCORES, size - 391, noise, rng)}
        for size, noise in zip(sizes, noises, strict=True)
    ]


def lognormal(noise_mean: float, noise_std: float, rng: np.random.Generator) -> list[float]:
    return list(map(float, rng.lognormal(math.log(noise_mean), noise_std, DRAWS)))


# The number of pieces taken, the median of the noise, and its spread.
NOISES = [(20, 0.003, 0.0), (60, 0.003, 1.0), (60, 1e-5, 4.0), (110, 0.03, 0.5)]


@pytest.mark.parametrize(("k", "noise_mean", "noise_std"), NOISES)
def test_noised_draws_hold_the_pieces_as_often_as_the_oracles(k: int, noise_mean: float, noise_std: float) -> None:
    rng = np.random.default_rng(1)
    judge = judge_draws([391 + k] * DRAWS, lognormal(noise_mean, noise_std, rng), rng)
    ours = core_draws(391 + k, noise_mean=noise_mean, noise_std=noise_std)
    assert {len(draw) for draw in ours} == {k}
    assert worst_z(ours, judge, ELIGIBLE) < LIMIT


@pytest.mark.parametrize(("k", "noise_mean", "noise_std"), NOISES)
def test_the_bounds_let_the_right_rule_pass(k: int, noise_mean: float, noise_std: float) -> None:
    samples = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        samples.append(judge_draws([391 + k] * DRAWS, lognormal(noise_mean, noise_std, rng), rng))
    assert worst_z(samples[0], samples[1], ELIGIBLE) < LIMIT


@pytest.mark.parametrize("wrong", ["median only", "mean for median", "normal", "one level for all"])
def test_the_bounds_stop_wrong_noise_levels(wrong: str) -> None:
    rng, other = np.random.default_rng(1), np.random.default_rng(2)
    levels = {
        "median only": [0.003] * DRAWS,
        "mean for median": lognormal(0.003 / math.exp(1 / 2), 1.0, other),
        "normal": list(map(float, np.abs(other.normal(0.003, 0.003, DRAWS)))),
        "one level for all": [lognormal(0.003, 1.0, other)[0]] * DRAWS,
    }[wrong]
    sizes = [391 + 60] * DRAWS
    judge = judge_draws(sizes, lognormal(0.003, 1.0, rng), rng)
    assert worst_z(judge_draws(sizes, levels, other), judge, ELIGIBLE) > LIMIT


def test_without_a_noise_mean_there_is_no_noise() -> None:
    must, tied, share = oracle.highest(ELIGIBLE, 60)
    assert 0 < share < len(tied)
    draws = core_draws(451, noise_mean=0.0, noise_std=4.0)
    assert all(must <= draw <= must | tied and len(draw) == 60 for draw in draws)
    judge = judge_draws([451] * DRAWS, [0.0] * DRAWS, np.random.default_rng(1))
    assert worst_z(draws, judge, ELIGIBLE) < LIMIT


@pytest.mark.parametrize(
    ("mean", "std", "size_min", "size_max"),
    [
        (430.0, 6.0, 392, 470),
        (430.5, 6.0, 428, 436),
        (392.0, 30.0, 392, 440),
        (500.0, 0.0, 400, 450),
        (430.9, 0.0, 392, 470),
        (450.0, 6.0, 470, 440),
    ],
)
def test_sizes_are_cut_and_clipped_normals(mean: float, std: float, size_min: int, size_max: int) -> None:
    bounds: Options = {"size_min": size_min, "size_max": size_max}
    draws = core_draws(0, size_mean=mean, size_std=std, **bounds)
    ours = [391.0 + len(draw) for draw in draws]
    normals = np.random.default_rng(1).normal(mean, std, DRAWS)
    judge = [float(oracle.vocabulary_size(normal, **bounds)) for normal in normals]
    assert min(size_min, size_max) <= min(ours) <= max(ours) <= size_max
    assert distance_z(ours, judge) < LIMIT
    for power in (1, 2):
        samples = [(np.array([sizes]).T - mean) ** power for sizes in (ours, judge)]
        assert difference_z(*samples) < LIMIT


def test_sizes_and_noise_are_independent() -> None:
    rng = np.random.default_rng(1)
    sizes = [max(math.trunc(normal), 392) for normal in rng.normal(420.0, 10.0, DRAWS)]
    judge = judge_draws(sizes, lognormal(0.003, 1.0, rng), rng)
    options: Options = {
        "size_std": 10.0,
        "size_min": 392,
        "size_max": 1000,
        "noise_mean": 0.003,
        "noise_std": 1.0,
    }
    assert worst_z(core_draws(420, **options), judge, ELIGIBLE) < LIMIT


@pytest.mark.parametrize("noise_mean", [0.0, 0.003])
@pytest.mark.parametrize("change", [{}, {"seed": 2}, {"pool": 1}, {"language": "java"}])
def test_draws_are_independent_of_each_other(noise_mean: float, change: Options) -> None:
    """A draw of another stream with the same index, or the next draw, is no more alike than by chance."""
    options: Options = {"noise_mean": noise_mean, "noise_std": 0.5}
    ours = core_draws(451, **options)
    others = core_draws(451, CONSTANT.but(**change), **options) if change else ours[1:] + ours[:1]
    rng = np.random.default_rng(1)
    noises = [lognormal(noise_mean, 0.5, rng) if noise_mean else [0.0] * DRAWS for _ in range(2)]
    judges = [judge_draws([451] * DRAWS, levels, rng) for levels in noises]
    shared = [
        np.array([[float(len(one & other))] for one, other in zip(*pair, strict=True)])
        for pair in ((ours, others), judges)
    ]
    assert difference_z(shared[0], shared[1]) < LIMIT
    assert ours != others
