"""Inclusion groups: how the inclusion probabilities of sampled tokens depend on their length and their kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.comparison.count_pairs import CountPairs
from tokstats_parallel.answers.count_histogram import ONE_IN
from tokstats_parallel.answers.counted import Counted, kinds_of, lengths_of
from tokstats_parallel.answers.sampled_counts import SampledCounts

QUANTILES = (0.5, 0.9, 0.99)


@dataclass(frozen=True, slots=True)
class InclusionGroup:
    """Sampled tokens of one length or kind.

    Attributes:
        name: Length in bytes, or name of the kind.
        tokens: Number of different tokens.
        pieces: Mean number of them in a vocabulary.
        mean: Mean inclusion probability of a token.
        quantiles: Inclusion probabilities that a half, 90 % and 99 % of the tokens do not exceed.
        stable: Number of tokens that at least half of the batches held.
    """

    name: str
    tokens: int
    pieces: float
    mean: float
    quantiles: tuple[float, ...]
    stable: int


def inclusion_by_length(result: Counted, sampled: SampledCounts) -> list[InclusionGroup]:
    """Returns the groups of the sampled tokens by length in bytes, the shortest first."""
    lengths = np.delete(lengths_of(result), sampled.fixed)
    return _groups(lengths, range(int(lengths.max(initial=0)) + 1), sampled)


def inclusion_by_kind(result: Counted, sampled: SampledCounts) -> list[InclusionGroup]:
    """Returns the groups of the sampled tokens by kind, in the order of the kinds."""
    return _groups(np.delete(kinds_of(result), sampled.fixed), _native.KINDS, sampled)


def _groups(labels: NDArray[Any], names: Sequence[object], sampled: SampledCounts) -> list[InclusionGroup]:
    pairs = CountPairs.of(labels, sampled.total)
    found = []
    for label, name in enumerate(names):
        one = pairs.chosen(pairs.left == label)  # by rising count, as all pairs of a label are
        if tokens := int(one.tokens.sum()):
            occurrences = int(one.right @ one.tokens)
            places = np.searchsorted(np.cumsum(one.tokens), [share * tokens for share in QUANTILES])
            found.append(
                InclusionGroup(
                    name=str(name),
                    tokens=tokens,
                    pieces=occurrences / sampled.batches,
                    mean=occurrences / tokens / sampled.batches,
                    quantiles=tuple((one.right[places] / sampled.batches).tolist()),
                    stable=int(one.tokens[ONE_IN["stable"] * one.right >= sampled.batches].sum()),
                )
            )
    return found
