"""Richness: how many tokens there are, seen or not, estimated from how many were seen once and twice.

Tokens are the species of ecology, and batches are its sampling units (incidence data): Chao 1987; Chao and Jost 2012;
Colwell et al. 2012; Chao et al. 2014. The estimates suppose independent units, and batches are not: where the pools of
successive batches share texts, a rare token is in several of them, so few tokens are seen once, and the estimate is too
low. So it is made for two kinds of units: batches, and windows of W batches, of which each token is in as few as its
count allows. The truth lies between both.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from tokstats_parallel.answers.count_histogram import CountHistogram

_LEAST_UNITS = 2


@dataclass(frozen=True, slots=True)
class Richness:
    """Numbers of sampled tokens, seen and unseen.

    Attributes:
        window: Number of batches of a unit.
        units: Number of units, T; at least 2.
        tokens: Number of tokens that were seen.
        occurrences: Sum of the numbers of units that held them, U.
        once: Number of tokens in exactly one unit, Q1.
        twice: Number of tokens in exactly two units, Q2.
    """

    window: int
    units: int
    tokens: int
    occurrences: int
    once: int
    twice: int

    @classmethod
    def of(cls, histogram: CountHistogram, window: int = 1) -> Self | None:
        """Takes the numbers from the counts of all sampled tokens; None for fewer than two units, which tell nothing.

        Args:
            histogram: Counts.
            window: Number of batches of a unit; a token of count k is in k / window of them, rounded up.
        """
        units = histogram.batches // window
        if units < _LEAST_UNITS:
            return None
        held = np.minimum(-(-histogram.counts // window), units)
        once, twice = (int(histogram.tokens[held == count].sum()) for count in (1, 2))
        return cls(window, units, histogram.sampled, int(held @ histogram.tokens), once, twice)

    @property
    def unseen(self) -> float:
        """Least number of unseen tokens, f0: the estimate Chao2, ((T - 1) / T) Q1^2 / (2 Q2).

        Without a token in two units it is ((T - 1) / T) Q1 (Q1 - 1) / 2.
        """
        share = (self.units - 1) / self.units
        if self.twice:
            return share * self.once**2 / (2 * self.twice)
        return share * self.once * max(self.once - 1, 0) / 2

    @property
    def seen_share(self) -> float:
        """Expected share of a further unit's sampled tokens that were seen before, 0 to 1 (sample coverage)."""
        return 1 - self.once / self.occurrences * self._unseen_part if self.once else 1.0

    def further(self, batches: int) -> float:
        """Returns how many unseen tokens so many further batches are expected to hold.

        It can be trusted up to as many batches as there were.
        """
        return self.unseen * (1 - self._unseen_part ** (batches / self.window)) if self.once else 0.0

    @property
    def _unseen_part(self) -> float:
        """Returns A = T f0 / (T f0 + Q1), which is (T - 1) Q1 / ((T - 1) Q1 + 2 Q2) where Q2 is not 0."""
        weight = self.units * self.unseen
        return weight / (weight + self.once)
