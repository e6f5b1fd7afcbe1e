"""Groups: tokens that have something in common, and the part of an average vocabulary that they fill."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.count_histogram import CountHistogram
from tokstats_parallel.answers.counted import Counted, share

FIXED, LEFT_OUT = "fixed", "left out"


@dataclass(frozen=True, slots=True)
class Group:
    """Tokens that have something in common, such as their length.

    Attributes:
        name: What they have in common.
        tokens: Number of different tokens; None if the result does not say it.
        occurrences: Sum of their counts.
        pieces: Mean number of them in a vocabulary.
        share: Share of an average vocabulary that they fill, from 0 to 1.
    """

    name: str
    tokens: int | None
    occurrences: int
    pieces: float
    share: float


@dataclass(frozen=True, slots=True)
class Whole:
    """Batches and occurrences of which groups are parts.

    Attributes:
        batches: Number of batches.
        occurrences: Sum of the sizes of their vocabularies.
        left_out: (number of tokens if it is known, occurrences) of the tokens that the result leaves out, if any.
    """

    batches: int
    occurrences: int
    left_out: Sequence[tuple[int | None, int]] = ()

    @classmethod
    def of(cls, result: Counted, histogram: CountHistogram, language: str | None) -> Self:
        """Makes the whole of all batches of a result, or of the batches of a language, whose histogram is given."""
        left_out = _left_out(result, language)
        occurrences = histogram.occurrences + sum(occurrences for _, occurrences in left_out)
        return cls(histogram.batches, occurrences, left_out)

    @property
    def vocabulary(self) -> float:
        """Mean size of a vocabulary in pieces; 0 if there is no batch."""
        return share(self.occurrences, self.batches) or 0.0

    def group(self, name: str, tokens: int | None, occurrences: int) -> Group:
        """Makes the group of some tokens."""
        pieces = share(occurrences, self.batches) or 0.0
        return Group(name, tokens, occurrences, pieces, share(occurrences, self.occurrences) or 0.0)

    def groups(self, labels: NDArray[Any], counts: NDArray[np.int64], names: Sequence[object]) -> list[Group]:
        """Makes the group of each name, of the tokens that have its index as their label; leaves out empty groups."""
        tokens = np.bincount(labels, weights=counts > 0, minlength=len(names)).tolist()
        occurrences = np.bincount(labels, weights=counts, minlength=len(names)).tolist()  # exact below 2**53
        numbers = zip(names, tokens, occurrences, strict=True)
        return [self.group(str(name), int(some), int(sum_of)) for name, some, sum_of in numbers if some]

    def classes(self, histogram: CountHistogram) -> list[Group]:
        """Makes the groups of the fixed tokens, of each class of sampled ones, and of the tokens that are left out."""
        return [
            self.group(FIXED, histogram.fixed, histogram.fixed * histogram.batches),
            *(self.group(name, *numbers) for name, numbers in histogram.classes().items()),
            *(self.group(LEFT_OUT, *numbers) for numbers in self.left_out),
        ]


def _left_out(result: Counted, language: str | None) -> list[tuple[int | None, int]]:
    """Returns (number of tokens if it is known, occurrences) of the tokens that the result leaves out, if any.

    The numbers are in the manifest, which has the number of tokens of all languages together only.
    """
    left_out = result.manifest.get("left_out")
    if not left_out:
        return []
    if language is None:
        return [(left_out["tokens"], left_out["occurrences"])]
    return [(None, left_out["occurrences_per_language"][language])]
