"""Sampled counts: the counts of all sampled tokens, in all batches and by language, for answers that need them all."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.counted import Counted, column, languages_of

Counts = NDArray[np.integer]
_MOST_SMALL = (1 << 32) - 1
"""Largest number of batches whose counts have an unsigned type; arithmetic mixes other ones with signed numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class SampledCounts:
    """Counts of the sampled tokens of a result, in the order of its rows and in the smallest type that holds them.

    Attributes:
        batches: Number of batches of the result.
        fixed: Rows of the fixed tokens, rising.
        total: Count of each sampled token.
        languages: Language -> count of each sampled token in its batches.
        batches_per_language: Language -> number of its batches.
    """

    batches: int
    fixed: NDArray[np.int64]
    total: Counts
    languages: Mapping[str, Counts]
    batches_per_language: Mapping[str, int]

    @classmethod
    def of(cls, result: Counted) -> Self:
        """Reads the counts of a result; a result that is a JSON alone has no languages."""
        is_fixed = column(result, "fixed").to_numpy()
        batches = languages_of(result)
        small = np.min_scalar_type(result.batches) if result.batches <= _MOST_SMALL else np.dtype(np.int64)

        def counts(name: str) -> Counts:
            found: Counts = column(result, name).to_numpy().astype(small)[~is_fixed]
            return found

        languages = {language: counts(f"count_{language}") for language in batches}
        return cls(result.batches, np.flatnonzero(is_fixed), counts("count"), languages, batches)

    def rows(self, tokens: NDArray[np.int64]) -> NDArray[np.int64]:
        """Returns the rows in the result of sampled tokens, given by their indices in the arrays of counts."""
        sampled_before = self.fixed - np.arange(len(self.fixed))
        return tokens + np.searchsorted(sampled_before, tokens, side="right")
