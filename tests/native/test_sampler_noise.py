"""The core's `TokenizerSampler` against the oracle's where chance decides: noise and ties. All seeds are fixed."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import oracle
import pytest
from oracle import NEVER
from support.bounds import LIMIT, Floats, difference_z, distance_z, worst_z

from tokstats_parallel import TokenizerSampler

Answer = list[tuple[str, float]]
Draw = Callable[[Mapping[str, int], int, float, np.random.Generator], Answer]

# Many draws from one pool, with noises and cuts that differ: near the top, in the middle, and far down among
# the values that are not positive. Without noise only the ties are left to chance.
POOL = {"the cat, the rat; the bat": 3, "the thesis's theses\n\n汉字汉字": 2, "return x == y": 1}
SCORES = oracle.scores(POOL, stride=2)
ELIGIBLE = oracle.eligible(SCORES)
TOTAL = sum(SCORES.values())
CUTS = {"ties": (20, 0.0), "top": (12, 0.002), "middle": (30, 0.004), "bottom": (54, 0.03)}
DRAWS = 2000


def judge_draws(cut: str, seed: int, draw: Draw = oracle.noised_draw) -> list[Answer]:
    k, noise = CUTS[cut]
    rng = np.random.default_rng(seed)
    return [draw(SCORES, k, noise, rng) for _ in range(DRAWS)]


def core_draws(cut: str) -> list[Answer]:
    k, noise = CUTS[cut]
    return [TokenizerSampler().sample_tokenizer(POOL, 391 + k, 16, 2, noise, seed=seed)[391:] for seed in range(DRAWS)]


def disagreement(ours: Sequence[Answer], judge: Sequence[Answer]) -> float:
    ours_pieces, judge_pieces = ([[piece for piece, _ in draw] for draw in draws] for draws in (ours, judge))
    return worst_z(ours_pieces, judge_pieces, ELIGIBLE)


@pytest.mark.parametrize("cut", CUTS)
def test_noised_draws_hold_the_pieces_as_often_as_the_oracles(cut: str) -> None:
    assert disagreement(core_draws(cut), judge_draws(cut, 1)) < LIMIT


@pytest.mark.parametrize("cut", ["top", "middle", "bottom"])
def test_noised_values_are_distributed_as_the_oracles(cut: str) -> None:
    ours, judge = core_draws(cut), judge_draws(cut, 1)
    for place in (0, CUTS[cut][0] // 2, CUTS[cut][0] - 1):  # the highest, the middle one, the last
        values = [0.0 if draw[place][1] == NEVER else math.exp(draw[place][1]) for draw in ours]
        assert distance_z(values, [draw[place][1] for draw in judge]) < LIMIT


@pytest.mark.parametrize("cut", ["middle", "bottom"])
def test_calls_of_a_seeded_sampler_are_as_random_as_seeds(cut: str) -> None:
    """Their draws are distributed as the oracle's, and two in a row have as many pieces in common as chance gives."""
    k, noise = CUTS[cut]
    sampler = TokenizerSampler(seed=5)
    draws = [sampler.sample_tokenizer(POOL, 391 + k, 16, 2, noise)[391:] for _ in range(DRAWS)]
    judge = judge_draws(cut, 1)
    assert disagreement(draws, judge) < LIMIT

    def in_common(answers: Sequence[Answer]) -> Floats:
        sets = [{piece for piece, _ in answer} for answer in answers]
        return np.array([[float(len(one & other))] for one, other in zip(sets[::2], sets[1::2], strict=True)])

    assert difference_z(in_common(draws), in_common(judge)) < LIMIT
    same = [sampler.sample_tokenizer(POOL, 391 + k, 16, 2, noise, seed=5)[391:] for _ in range(2)]
    assert in_common(same) == k  # which is what calls with one seed have in common
    assert k - in_common(judge).mean() > 1


def variant(
    *,
    total: float = TOTAL,
    floor: float = 0.0,
    width: Callable[[float], float] = float,
    by_name: bool = False,
    by_class: bool = False,
) -> Draw:
    """Makes a draw by the oracle's rule, or by another: the sum and the width used, the bound below which values are
    equal, how ties are broken, and whether equal scores share their noise.
    """  # fmt: skip

    def draw(scores: Mapping[str, int], k: int, noise: float, rng: np.random.Generator) -> Answer:
        classes = {score: rng.normal(0.0, width(noise)) for score in set(scores.values())}
        values = {
            piece: max(score / total + (classes[score] if by_class else rng.normal(0.0, width(noise))), floor)
            for piece, score in oracle.eligible(scores).items()
        }
        order = sorted(values, key=lambda piece: (-values[piece], piece if by_name else rng.random()))
        return [(piece, values[piece]) for piece in order[:k]]

    return draw


@pytest.mark.parametrize("cut", CUTS)
def test_the_bounds_let_the_right_rule_pass(cut: str) -> None:
    assert disagreement(judge_draws(cut, 2, variant()), judge_draws(cut, 1)) < LIMIT


@pytest.mark.parametrize(
    ("cut", "wrong"),
    [
        pytest.param("middle", variant(width=lambda noise: noise / TOTAL), id="noise on the score"),
        pytest.param("middle", variant(width=math.sqrt), id="noise as variance"),
        pytest.param("middle", variant(total=sum(ELIGIBLE.values())), id="share of the eligible"),
        pytest.param("middle", variant(by_class=True), id="one noise for equal scores"),
        pytest.param("bottom", variant(floor=-math.inf), id="values below zero in order"),
        pytest.param("bottom", variant(by_name=True), id="values below zero by name"),
        pytest.param("ties", variant(by_name=True), id="ties by name"),
    ],
)
def test_the_bounds_stop_wrong_rules(cut: str, wrong: Draw) -> None:
    assert disagreement(judge_draws(cut, 2, wrong), judge_draws(cut, 1)) > LIMIT
