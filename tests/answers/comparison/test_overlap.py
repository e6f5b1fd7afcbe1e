import math

import numpy as np
import pytest
from support.sides import make_pairs

from tokstats_parallel.answers.comparison.count_pairs import CountPairs, middle_ranks, ranks
from tokstats_parallel.answers.comparison.overlap import Overlap, divergence, rank_correlation, weighted_jaccard


def test_pairs_are_counted() -> None:
    pairs = CountPairs.of(np.array([3, 3, 0, 1, 0]), np.array([1, 1, 2, 0, 0]))
    assert [*zip(pairs.left, pairs.right, pairs.tokens, strict=True)] == [(0, 2, 1), (1, 0, 1), (3, 1, 2)]


def test_pairs_of_large_counts_are_counted_the_same() -> None:
    dice = np.random.default_rng(3)
    left, right = dice.integers(0, 40, (2, 5000))
    small = CountPairs.of(left, right)
    large = CountPairs.of(left * 200_000, right * 200_000)
    assert (large.left == small.left * 200_000).all()
    assert (large.right == small.right * 200_000).all()
    assert (large.tokens == small.tokens).all()
    assert small.tokens.sum() == np.count_nonzero((left > 0) | (right > 0))


def test_ranks_count_the_tokens_above() -> None:
    counts, tokens = np.array([5, 9, 5, 1]), np.array([2, 1, 3, 4])
    assert ranks(counts, tokens).tolist() == [2, 1, 2, 7]
    assert middle_ranks(counts, tokens).tolist() == [7, 10, 7, 2.5]


def test_the_numbers_are_those_worked_by_hand() -> None:
    # Of 10 and 20 batches: shares 0.5 and 0.1, 0.2 and 0.4, 0.3 and 0; 0 and 0.5 of two tokens.
    overlap = Overlap.of(make_pairs((5, 2, 1), (2, 8, 1), (3, 0, 1), (0, 10, 2)), (10, 20))
    assert (overlap.common, overlap.left_only, overlap.right_only) == (2, 1, 2)
    assert overlap.jaccard == 2 / 5
    assert overlap.weighted_jaccard == pytest.approx((0.1 + 0.2) / (0.5 + 0.4 + 0.3 + 2 * 0.5))
    left, right = [0.5, 0.2, 0.3, 0, 0], [2 / 30, 8 / 30, 0, 10 / 30, 10 / 30]
    expected = sum(
        one * math.log2(one / ((one + other) / 2)) / 2
        for pair in zip(left, right, strict=True)
        for one, other in (pair, pair[::-1])
        if one
    )
    assert overlap.divergence == pytest.approx(expected)
    assert overlap.rank_correlation == pytest.approx(-1)


def test_spearman_shares_ranks_among_equal_counts() -> None:
    # Ranks on the left 1.5 1.5 3 4, on the right 4 2.5 2.5 1: the sum of products about 2.5 is -3.75, of squares 4.5.
    pairs = make_pairs((1, 9, 1), (1, 5, 1), (2, 5, 1), (7, 2, 1))
    assert rank_correlation(pairs) == pytest.approx(-3.75 / 4.5)
    assert rank_correlation(make_pairs((1, 2, 3), (4, 9, 2))) == pytest.approx(1)
    assert rank_correlation(make_pairs((1, 2, 3))) is None
    assert rank_correlation(make_pairs((1, 2, 1))) is None


def test_equal_sides_are_alike_and_disjoint_ones_are_not() -> None:
    equal = Overlap.of(make_pairs((5, 5, 3), (1, 1, 9)), (10, 10))
    assert (equal.jaccard, equal.weighted_jaccard, equal.divergence) == (1, 1, 0)
    assert equal.rank_correlation == pytest.approx(1)
    disjoint = Overlap.of(make_pairs((5, 0, 3), (0, 1, 9)), (10, 10))
    assert (disjoint.jaccard, disjoint.weighted_jaccard, disjoint.divergence) == (0, 0, 1)
    assert disjoint.rank_correlation is None


def test_sides_without_tokens_are_alike_and_unlike_all_others() -> None:
    nothing = Overlap.of(make_pairs(), (10, 10))
    assert (nothing.jaccard, nothing.weighted_jaccard, nothing.divergence) == (1, 1, 0)
    one_empty = Overlap.of(make_pairs((3, 0, 1)), (10, 0))
    assert (one_empty.jaccard, one_empty.weighted_jaccard, one_empty.divergence) == (0, 0, 1)


def test_exchanged_sides_have_the_same_numbers() -> None:
    dice = np.random.default_rng(4)
    left, right = dice.integers(0, 30, (2, 900))
    there, back = CountPairs.of(left, right), CountPairs.of(right, left)
    assert weighted_jaccard(there, (40, 50)) == pytest.approx(weighted_jaccard(back, (50, 40)))
    assert divergence(there) == pytest.approx(divergence(back))
    assert Overlap.of(there, (40, 50)).rank_correlation == pytest.approx(Overlap.of(back, (50, 40)).rank_correlation)
