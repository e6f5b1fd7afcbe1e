"""Overlap: four numbers that say how alike the sampled tokens of two sides are (SPEC 4, "Comparison")."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.count_pairs import CountPairs, middle_ranks


@dataclass(frozen=True, slots=True)
class Overlap:
    """Likeness of two sides. Two sides without tokens are alike; a side without tokens is unlike any other.

    Attributes:
        common: Number of tokens that both sides have.
        left_only: Number of tokens that only the left side has.
        right_only: Number of tokens that only the right side has.
        jaccard: Common tokens over all tokens, 0 to 1.
        weighted_jaccard: Sum of the smaller shares over the sum of the larger shares, 0 to 1. A share is a count over
            the batches of its side.
        divergence: Jensen-Shannon divergence of the two distributions of occurrences, in bits: 0 for equal ones, 1 for
            ones without a common token.
        rank_correlation: Spearman's correlation of the counts of the common tokens, -1 to 1; None if it is undefined,
            for fewer than two tokens or equal counts.
    """

    common: int
    left_only: int
    right_only: int
    jaccard: float
    weighted_jaccard: float
    divergence: float
    rank_correlation: float | None

    @classmethod
    def of(cls, pairs: CountPairs, batches: tuple[int, int]) -> Self:
        """Computes the overlap of two sides with the given numbers of batches."""
        in_left, in_right = pairs.left > 0, pairs.right > 0
        common = int(pairs.tokens[in_left & in_right].sum())
        left_only, right_only = (int(pairs.tokens[alone].sum()) for alone in (~in_right, ~in_left))
        tokens = common + left_only + right_only
        return cls(
            common=common,
            left_only=left_only,
            right_only=right_only,
            jaccard=common / tokens if tokens else 1.0,
            weighted_jaccard=weighted_jaccard(pairs, batches),
            divergence=divergence(pairs),
            rank_correlation=rank_correlation(pairs.chosen(in_left & in_right)),
        )


def weighted_jaccard(pairs: CountPairs, batches: tuple[int, int]) -> float:
    """Returns the sum of the smaller shares over the sum of the larger shares of all tokens."""
    left, right = pairs.left / max(batches[0], 1), pairs.right / max(batches[1], 1)
    larger = float(np.maximum(left, right) @ pairs.tokens)
    return float(np.minimum(left, right) @ pairs.tokens) / larger if larger else 1.0


def divergence(pairs: CountPairs) -> float:
    """Returns the Jensen-Shannon divergence of the counts over their sums, in bits."""
    sums = [int(side @ pairs.tokens) for side in (pairs.left, pairs.right)]
    if 0 in sums:
        return 0.0 if sums == [0, 0] else 1.0
    left, right = pairs.left / sums[0], pairs.right / sums[1]
    middle = (left + right) / 2
    bits = sum(_relative_bits(side, middle) @ pairs.tokens for side in (left, right)) / 2
    return min(max(float(bits), 0.0), 1.0)  # rounding may leave the interval


def rank_correlation(common: CountPairs) -> float | None:
    """Returns Spearman's correlation of the counts; tokens of equal count share the mean of their ranks."""
    if common.tokens.sum() < 2:  # noqa: PLR2004 - one token has no correlation
        return None
    centred = []
    for side in (common.left, common.right):
        place = middle_ranks(side, common.tokens)
        centred.append(place - np.average(place, weights=common.tokens))
    left, right = (float(one * one @ common.tokens) for one in centred)
    if not left or not right:
        return None
    covariance = float(centred[0] * centred[1] @ common.tokens)
    return min(max(covariance / math.sqrt(left * right), -1.0), 1.0)


def _relative_bits(shares: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns share * log2(share / middle) for each pair, 0 where the share is 0."""
    bits = np.zeros_like(shares)
    held = shares > 0
    bits[held] = shares[held] * np.log2(shares[held] / middle[held])
    return bits
