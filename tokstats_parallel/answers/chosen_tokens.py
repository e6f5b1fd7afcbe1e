"""Chosen tokens: some of all sampled tokens, so that a reader finds frequent, typical and other ones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.counted import Counted
from tokstats_parallel.answers.sampled_counts import SampledCounts
from tokstats_parallel.answers.top import CountedToken, tokens_at

_FREQUENT = 2 / 3
"""Share of the chosen tokens that are the most frequent ones."""


@dataclass(frozen=True, slots=True)
class ChosenToken:
    """Sampled token with its counts.

    Attributes:
        token: The token, with its count in all batches.
        rank: 1 plus the number of sampled tokens with a higher count.
        counts: Its count in each language, in the order of the result.
    """

    token: CountedToken
    rank: int
    counts: tuple[int, ...]


def chosen_tokens(
    result: Counted, sampled: SampledCounts, most: int, *, typical: Iterable[int] = ()
) -> list[ChosenToken]:
    """Chooses at most `most` sampled tokens, by falling count: all of them if they are so few.

    Args:
        result: The result.
        sampled: Its counts.
        most: Largest number of tokens.
        typical: Rows of tokens that are chosen first, as far as `most` allows.
    """
    number = len(sampled.total)
    wanted = {row - int(np.searchsorted(sampled.fixed, row)) for row in [*typical][:most]}
    left = most - len(wanted)
    if number <= most:
        wanted = set(range(number))
    elif left:
        frequent = round(left * _FREQUENT)
        even = np.geomspace(frequent + 1, number, left - frequent)  # by the logarithm of the rank
        wanted |= {*range(frequent), *(even.astype(np.int64) - 1).tolist()}
    places = np.array(sorted(wanted), np.int64)
    counts = sampled.total[places]
    ranks = _ranks(sampled, places)
    tokens = tokens_at(result, sampled.rows(places), counts)
    by_language = [one[places].tolist() for one in sampled.languages.values()]
    rows = zip(*by_language, strict=True) if by_language else [()] * len(tokens)
    return [ChosenToken(*row) for row in zip(tokens, ranks, rows, strict=True)]


def _ranks(sampled: SampledCounts, places: NDArray[np.int64]) -> list[int]:
    """Returns the ranks of sampled tokens, whose counts fall from place to place."""
    reverse = sampled.total[::-1]  # rising
    higher = len(reverse) - np.searchsorted(reverse, sampled.total[places], side="right")
    ranks: list[int] = (higher + 1).tolist()
    return ranks
