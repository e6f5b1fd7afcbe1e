"""Count pairs: the distinct pairs of counts that tokens have on two sides, and how many tokens have each.

Every number about a token is a function of its two counts, and millions of tokens have some hundred thousand distinct
pairs. So all statistics are computed for pairs, and tokens are looked up at the end, for the few that are shown.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.alignment import Counts

_MOST_CELLS = 1 << 24
"""Largest table in which pairs are counted, 128 MB; else they are sorted."""


@dataclass(frozen=True, slots=True, eq=False)
class CountPairs:
    """Distinct pairs of counts, without the pair of two zeros.

    Attributes:
        left: Count on the left side, for each pair.
        right: Count on the right side.
        tokens: Number of tokens with these counts.
    """

    left: Counts
    right: Counts
    tokens: Counts

    @classmethod
    def of(cls, left: NDArray[np.integer], right: NDArray[np.integer]) -> Self:
        """Makes the pairs of the tokens whose counts are given."""
        width = int(right.max(initial=0)) + 1
        codes = np.multiply(left, width, dtype=np.int64)
        codes += right
        if (int(left.max(initial=0)) + 1) * width <= _MOST_CELLS:
            table = np.bincount(codes)
            table[:1] = 0
            distinct = np.flatnonzero(table)
            tokens = table[distinct]
        else:
            distinct, tokens = np.unique(codes[codes > 0], return_counts=True)
        return cls(*np.divmod(distinct, width), tokens)

    def chosen(self, which: NDArray[np.bool_]) -> Self:
        """Returns the pairs for which `which` is true."""
        return type(self)(self.left[which], self.right[which], self.tokens[which])


def ranks(counts: Counts, tokens: Counts) -> Counts:
    """Returns the rank of each count: 1 more than the number of tokens with a higher count.

    Args:
        counts: Counts on one side, for each pair.
        tokens: Number of tokens of each pair.
    """
    distinct, number = _tokens_by_count(counts, tokens)
    place: Counts = number.sum() - np.cumsum(number) + 1
    return place[np.searchsorted(distinct, counts)]


def middle_ranks(counts: Counts, tokens: Counts) -> NDArray[np.float64]:
    """Returns the mean of the ranks that the tokens of a count share, from the lowest count upward."""
    distinct, number = _tokens_by_count(counts, tokens)
    middle = np.cumsum(number) - (number - 1) / 2
    return middle[np.searchsorted(distinct, counts)]


def _tokens_by_count(counts: Counts, tokens: Counts) -> tuple[Counts, Counts]:
    distinct, inverse = np.unique(counts, return_inverse=True)
    number = np.zeros(len(distinct), np.int64)
    np.add.at(number, inverse, tokens)
    return distinct, number
