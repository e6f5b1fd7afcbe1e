"""Batches of a side, and how many independent ones they are worth.

Successive draws of a pool share all texts but one stream batch, so their vocabularies are alike. W successive draws
tell at most as little as one independent draw, W being the number of stream batches in a pool (SPEC 2).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.alignment import Counts


@dataclass(frozen=True, slots=True)
class SideBatches:
    """Number of a side's batches, and the design effect of pools that overlap.

    Attributes:
        batches: Number of batches that the counts of the side are of.
        window: Number of stream batches in a pool, W. It is the largest possible design effect: the factor by which
            the variance of a share exceeds that of as many independent batches.
    """

    batches: int
    window: int

    @property
    def effective(self) -> int:
        """Number of independent batches that the batches are worth at least: a W-th of them, but 1 or more."""
        return max(self.batches // self.window, 1) if self.batches else 0

    def effective_counts(self, counts: Counts) -> NDArray[np.float64]:
        """Returns counts in effective batches: with the same shares."""
        scaled: NDArray[np.float64] = counts * np.float64(self.effective / max(self.batches, 1))
        return scaled
