import math

import numpy as np
import pytest
from support.sides import make_pairs

from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.log_odds import log_odds


def test_the_values_are_those_worked_by_hand() -> None:
    # 160 and 320 batches with a window of 16 are worth 10 and 20; 80 and 16 of them are worth 5 and 1; the prior is 10.
    odds = log_odds(make_pairs((80, 16, 1)), SideBatches(160, 16), SideBatches(320, 16))
    held = 10 * 96.5 / 481
    lacking = 10 - held
    left, right = (5 + held) / (5 + lacking), (1 + held) / (19 + lacking)
    variance = sum(1 / part for part in (5 + held, 5 + lacking, 1 + held, 19 + lacking))
    assert odds.difference[0] == pytest.approx(math.log(left) - math.log(right))
    assert odds.z[0] == pytest.approx((math.log(left) - math.log(right)) / math.sqrt(variance))


def test_equal_shares_are_typical_of_neither_side() -> None:
    odds = log_odds(make_pairs((5, 5, 1), (10, 10, 1)), SideBatches(10, 2), SideBatches(10, 2))
    assert odds.difference == pytest.approx(0)
    assert odds.z == pytest.approx(0)


def test_exchanged_sides_have_the_opposite_sign() -> None:
    left, right, few, many = range(9), range(24, -1, -3), SideBatches(8, 1), SideBatches(24, 3)
    there = log_odds(make_pairs(*zip(left, right, [1] * 9, strict=True)), few, many)
    back = log_odds(make_pairs(*zip(right, left, [1] * 9, strict=True)), many, few)
    assert there.difference == pytest.approx(-back.difference)
    assert there.z == pytest.approx(-back.z)


def test_a_rare_token_is_less_typical_than_a_frequent_one() -> None:
    side = SideBatches(1000, 1)
    odds = log_odds(make_pairs((2, 0, 1), (500, 10, 1)), side, side)
    assert 0 < odds.z[0] < 2 < odds.z[1]


def test_a_token_that_one_side_always_and_the_other_never_held_is_the_most_typical() -> None:
    side = SideBatches(320, 16)
    z = log_odds(make_pairs((320, 0, 1), (310, 0, 1), (310, 10, 1), (200, 0, 1), (20, 0, 1)), side, side).z
    assert sorted(z, reverse=True) == z.tolist()


def test_sides_without_batches_have_finite_values() -> None:
    odds = log_odds(make_pairs((3, 0, 1)), SideBatches(3, 16), SideBatches(0, 16))
    assert np.isfinite(odds.z).all()
