"""Histogram of counts: how many sampled tokens have each count, with their classes and their counts by rank.

There are far fewer different counts than tokens, so all that follows from the counts alone is computed from these.

The classes of sampled tokens, by the share p of the batches that held the token; the first that fits:

- certain: p is 1
- once: one batch held it
- stable: p is 0.5 or more
- variable: p is 0.01 or more
- rare: p is below 0.01
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.counted import Counted, batches_of, column

CLASSES = ("certain", "stable", "variable", "rare", "once")
"""Classes of sampled tokens, in the order in which tables show them."""
ONE_IN = {"stable": 2, "variable": 100}
"""Class -> number of batches of which one must have held a token at least."""
_MOST_CELLS = 1 << 24
"""Largest table in which counts are counted, 128 MB; else they are sorted."""


@dataclass(frozen=True, slots=True)
class CountHistogram:
    """Numbers of sampled tokens by count, in the batches of a language or in all.

    Attributes:
        batches: Number of these batches.
        counts: Different counts of sampled tokens, falling, all above 0.
        tokens: Number of sampled tokens with each of these counts.
        fixed: Number of fixed tokens, which have all batches as their count.
    """

    batches: int
    counts: NDArray[np.int64]
    tokens: NDArray[np.int64]
    fixed: int

    @classmethod
    def of(cls, result: Counted, language: str | None, fixed: int) -> Self:
        """Counts the counts of a language, or of all languages for None; `fixed` is the number of fixed tokens."""
        import pyarrow.compute as pc  # noqa: PLC0415 - takes a third of a second

        batches = batches_of(result, language)
        pairs = pc.value_counts(column(result, "count" if language is None else f"count_{language}"))
        counts, tokens = (pairs.field(name).to_numpy().astype(np.int64) for name in ("values", "counts"))
        tokens[counts == batches] -= fixed
        order = np.argsort(-counts)
        order = order[(counts[order] > 0) & (tokens[order] > 0)]
        return cls(batches, counts[order], tokens[order], fixed if batches else 0)

    @classmethod
    def of_sampled(cls, sampled: NDArray[np.integer], batches: int, fixed: int) -> Self:
        """Counts the given counts of sampled tokens, which are in memory already; zeros do not count."""
        if int(sampled.max(initial=0)) <= _MOST_CELLS:
            table = np.bincount(sampled)
            table[:1] = 0
            counts = np.flatnonzero(table)[::-1]
            return cls(batches, counts, table[counts], fixed if batches else 0)
        counts, tokens = np.unique(sampled[sampled > 0], return_counts=True)
        return cls(batches, counts[::-1].astype(np.int64), tokens[::-1], fixed if batches else 0)

    @property
    def sampled(self) -> int:
        """Number of sampled tokens."""
        return int(self.tokens.sum())

    @property
    def occurrences(self) -> int:
        """Sum of the counts of all tokens, fixed and sampled."""
        return self.fixed * self.batches + int(self.counts @ self.tokens)

    def classes(self) -> dict[str, tuple[int, int]]:
        """Returns class -> (number of its tokens, sum of their counts)."""
        rules = (  # of a count, from the weakest to the strongest
            ("rare", self.counts > 0),
            ("variable", ONE_IN["variable"] * self.counts >= self.batches),
            ("stable", ONE_IN["stable"] * self.counts >= self.batches),
            ("once", self.counts == 1),
            ("certain", self.counts == self.batches),
        )
        of_count = np.zeros(len(self.counts), np.int8)
        for name, fits in rules:
            of_count[fits] = CLASSES.index(name)
        found = {}
        for number, name in enumerate(CLASSES):
            chosen = of_count == number
            found[name] = int(self.tokens[chosen].sum()), int(self.counts[chosen] @ self.tokens[chosen])
        return found

    def counts_at(self, ranks: Iterable[int]) -> list[int]:
        """Returns the count of the sampled token at each rank, from 1 to `sampled`, by falling count."""
        found: list[int] = self.counts[np.searchsorted(np.cumsum(self.tokens), list(ranks))].tolist()
        return found
