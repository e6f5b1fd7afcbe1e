"""Significance: which tokens differ by more than chance, with the false discoveries among them controlled.

For each pair of counts, the two-sided test of two proportions gives a p-value, on effective batches (SPEC 4,
"Comparison"). Benjamini and Hochberg's procedure then chooses the tokens.
"""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.count_pairs import CountPairs
from tokstats_parallel.answers.comparison.exact_test import exact_p_values

FALSE_DISCOVERY_RATE = 0.05
_LEAST_EXPECTED = 5
"""Least expected number of batches with and without a token, on each side, for the normal approximation."""

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Significance:
    """Outcome of the tests.

    Attributes:
        q: Adjusted p-value of each pair of counts: the smallest false discovery rate at which it is significant. 1 for
            tokens that are not tested.
        tested: Number of tokens tested: those that would be significant by themselves at 5 %, had one side all of
            their batches.
        left: Number of significant tokens with the larger share on the left side.
        right: Number of significant tokens with the larger share on the right side.
    """

    q: Values
    tested: int
    left: int
    right: int

    @classmethod
    def of(cls, pairs: CountPairs, left: SideBatches, right: SideBatches) -> Self:
        """Tests the tokens with the given pairs of counts."""
        held = (left.effective_counts(pairs.left), right.effective_counts(pairs.right))
        sizes = (left.effective, right.effective)
        p = p_values(held, sizes)
        testable = _least_p_values(held, sizes) <= FALSE_DISCOVERY_RATE
        q = np.ones(len(p))
        q[testable] = adjusted(p[testable], pairs.tokens[testable])
        significant = pairs.tokens * (q <= FALSE_DISCOVERY_RATE)
        more_left = pairs.left / max(left.batches, 1) > pairs.right / max(right.batches, 1)
        return cls(
            q=q,
            tested=int(pairs.tokens[testable].sum()),
            left=int(significant[more_left].sum()),
            right=int(significant[~more_left].sum()),
        )


def p_values(held: tuple[Values, Values], sizes: tuple[int, int]) -> Values:
    """Returns two-sided p-values of the hypothesis that both sides have one share.

    Args:
        held: Effective batches that held the token on each side; need not be whole.
        sizes: Effective batches of each side.
    """
    together, size = held[0] + held[1], sum(sizes)
    p = np.ones(len(together))
    if not min(sizes):
        return p
    expected = np.minimum(together, size - together) * (min(sizes) / size)
    is_normal = expected >= _LEAST_EXPECTED
    p[is_normal] = _normal_p_values(held[0][is_normal], held[1][is_normal], sizes)
    p[~is_normal] = exact_p_values(held[0][~is_normal], held[1][~is_normal], sizes)
    return p


def adjusted(p: Values, tokens: NDArray[np.int64]) -> Values:
    """Returns adjusted p-values (Benjamini and Hochberg): p times all tokens over those with the same p or a lower one.

    Args:
        p: p-value of each pair of counts.
        tokens: Number of tokens of each pair.
    """
    order = np.argsort(p, kind="stable")
    behind = np.cumsum(tokens[order])
    raised = p[order] * (behind[-1] if len(behind) else 0) / behind
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1)
    return q


def _normal_p_values(left: Values, right: Values, sizes: tuple[int, int]) -> Values:
    """Returns p-values by the normal approximation with correction for continuity."""
    inverse = 1 / sizes[0] + 1 / sizes[1]
    pooled = (left + right) / sum(sizes)
    apart = np.abs(left / sizes[0] - right / sizes[1]) - inverse / 2
    z = np.maximum(apart, 0) / np.sqrt(pooled * (1 - pooled) * inverse)
    return np.fromiter(map(math.erfc, (z / math.sqrt(2)).tolist()), np.float64, len(z))


def _least_p_values(held: tuple[Values, Values], sizes: tuple[int, int]) -> Values:
    """Returns the lowest p-values that tokens of so many batches could have: all of them on one side."""
    together = held[0] + held[1]
    all_left, all_right = np.minimum(together, sizes[0]), np.minimum(together, sizes[1])
    return np.minimum(
        p_values((all_left, together - all_left), sizes), p_values((together - all_right, all_right), sizes)
    )
