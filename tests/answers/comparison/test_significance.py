import math
from fractions import Fraction

import numpy as np
import pytest
from support.sides import make_pairs

from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.count_pairs import CountPairs
from tokstats_parallel.answers.comparison.exact_test import exact_p_values, log_factorial
from tokstats_parallel.answers.comparison.significance import Significance, adjusted, p_values


def by_fractions(left: int, right: int, sizes: tuple[int, int]) -> float:
    """Twice the smaller tail of the hypergeometric distribution, without any rounding."""
    together = left + right
    weights = {
        x: math.comb(sizes[0], x) * math.comb(sizes[1], together - x)
        for x in range(max(0, together - sizes[1]), min(together, sizes[0]) + 1)
    }
    tails = [sum(w for x, w in weights.items() if x <= left), sum(w for x, w in weights.items() if x >= left)]
    return float(min(Fraction(2 * min(tails), sum(weights.values())), Fraction(1)))


def test_effective_batches_are_a_window_s_part_but_one_at_least() -> None:
    assert [SideBatches(batches, 16).effective for batches in (0, 1, 15, 31, 32, 5000)] == [0, 1, 1, 1, 2, 312]
    assert SideBatches(320, 16).effective_counts(np.array([0, 8, 320])).tolist() == [0, 0.5, 20]


@pytest.mark.parametrize("sizes", [(1, 1), (3, 8), (12, 12), (300, 4)])
def test_exact_p_values_are_those_of_fractions(sizes: tuple[int, int]) -> None:
    pairs = [(x, y) for x in range(sizes[0] + 1) for y in range(sizes[1] + 1)]
    left, right = np.array(pairs, float).T
    expected = [by_fractions(x, y, sizes) for x, y in pairs]
    assert exact_p_values(left, right, sizes) == pytest.approx(expected, rel=1e-9)


def test_counts_that_are_not_whole_are_rounded_towards_each_other() -> None:
    sizes = (10, 10)
    halves = exact_p_values(np.array([6.5, 2.5]), np.array([2.5, 6.5]), sizes)
    assert halves == pytest.approx(by_fractions(6, 3, sizes))
    assert exact_p_values(np.array([3.6]), np.array([3.4]), sizes) == [1]  # 3 and 4: they have met


def test_factorials_of_large_numbers_have_fourteen_digits() -> None:
    numbers = np.array([0, 1, 5, 254, 255, 256, 1000, 10**9])
    assert log_factorial(numbers) == pytest.approx([math.lgamma(n + 1) for n in numbers.tolist()], rel=1e-14, abs=1e-14)


def test_many_batches_have_the_normal_approximation() -> None:
    # Shares 0.4 and 0.5 of 100 and 200: pooled 140 / 300, standard error of the difference 0.0611, correction 0.0075.
    error = math.sqrt(140 / 300 * 160 / 300 * (1 / 100 + 1 / 200))
    z = (0.1 - (1 / 100 + 1 / 200) / 2) / error
    p = p_values((np.array([40.0]), np.array([100.0])), (100, 200))
    assert p == pytest.approx(math.erfc(z / math.sqrt(2)))
    assert p == pytest.approx(by_fractions(40, 100, (100, 200)), rel=0.05)


def test_nothing_is_known_of_a_side_without_batches() -> None:
    assert p_values((np.array([3.0]), np.array([0.0])), (3, 0)).tolist() == [1]


def test_adjusted_p_values_are_those_worked_by_hand() -> None:
    # Six tokens: p 0.01, 0.02 three times, 0.04, 0.9; the factors are 6, 6/4, 6/5 and 1, and a lower one behind wins.
    q = adjusted(np.array([0.9, 0.02, 0.01, 0.04]), np.array([1, 3, 1, 1]))
    assert q == pytest.approx([0.9, 0.03, 0.03, 0.048])
    assert adjusted(np.array([]), np.array([], np.int64)).size == 0


def test_planted_differences_are_found_and_their_side_is_told() -> None:
    side = SideBatches(2000, 1)
    found = Significance.of(make_pairs((900, 600, 3), (600, 900, 2), (500, 505, 1000)), side, side)
    assert (found.left, found.right, found.tested) == (3, 2, 1005)
    assert found.q[0] < 0.001
    assert found.q[2] > 0.05


def test_the_same_counts_of_overlapping_pools_say_less() -> None:
    pairs = make_pairs((45, 30, 1))
    assert Significance.of(pairs, SideBatches(100, 1), SideBatches(100, 1)).left == 1
    assert Significance.of(pairs, SideBatches(100, 16), SideBatches(100, 16)).left == 0


def test_tokens_that_cannot_be_significant_are_not_tested() -> None:
    side = SideBatches(100, 1)
    found = Significance.of(make_pairs((1, 0, 900), (3, 2, 70), (6, 0, 1)), side, side)
    assert found.tested == 71 - 70 + 70 * (by_fractions(5, 0, (100, 100)) <= 0.05)
    assert found.q[0] == 1


def test_exchanged_sides_have_the_same_outcome() -> None:
    dice = np.random.default_rng(8)
    left, right = dice.binomial([[300], [500]], dice.beta(0.2, 2, 3000))
    few, many = SideBatches(300, 4), SideBatches(500, 4)
    there, back = CountPairs.of(left, right), CountPairs.of(right, left)
    one, other = Significance.of(there, few, many), Significance.of(back, many, few)
    assert (one.left, one.right, one.tested) == (other.right, other.left, other.tested)


def test_few_discoveries_are_false_where_nothing_differs() -> None:
    dice = np.random.default_rng(9)
    side = SideBatches(400, 1)
    shares = dice.beta(0.3, 2, 20_000)
    for _ in range(5):
        left, right = dice.binomial(400, shares), dice.binomial(400, shares)
        found = Significance.of(CountPairs.of(left, right), side, side)
        assert found.left + found.right <= 3
        assert found.tested > 10_000
