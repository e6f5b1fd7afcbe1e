"""Log odds: how typical a token is of one of two sides, with a prior (SPEC 4, "Comparison").

The odds of a token are its batches against the batches without it. Of a token that is in no batch, or in all of them,
they are not defined; and of a rare one they say much about chance and little about the token. So both sides get the
batches of a prior, in which the token has the share that it has in both sides together. The z-score is the difference
of the log odds over its standard error: it is large where the difference is large and known well.

The prior is as strong as the smaller side. With a weak one, a token in all batches of one side and in none of the other
would have a lower z-score than one in nearly all and hardly any, because the prior alone would say how well its odds
are known.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.count_pairs import CountPairs


class LogOdds(NamedTuple):
    """Log odds of tokens, for each pair of counts.

    Attributes:
        difference: Natural logarithm of the odds on the left side over those on the right side.
        z: Difference over its standard error: above 0 for tokens that are typical of the left side.
    """

    difference: NDArray[np.float64]
    z: NDArray[np.float64]


def log_odds(pairs: CountPairs, left: SideBatches, right: SideBatches) -> LogOdds:
    """Returns the log odds of the tokens with given pairs of counts."""
    pooled = (pairs.left + pairs.right + 0.5) / (left.batches + right.batches + 1)  # between 0 and 1, never at an end
    prior = max(min(left.effective, right.effective), 1)
    difference = np.zeros(len(pairs.left))
    variance = np.zeros(len(pairs.left))
    for sign, counts, side in ((1, pairs.left, left), (-1, pairs.right, right)):
        held = side.effective_counts(counts) + prior * pooled
        lacking = side.effective_counts(side.batches - counts) + prior * (1 - pooled)
        difference += sign * np.log(held / lacking)
        variance += 1 / held + 1 / lacking
    return LogOdds(difference, difference / np.sqrt(variance))
