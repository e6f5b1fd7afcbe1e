"""Unseen tokens: the inclusion probability that a token may still have though no batch held it, or few did."""

import math
from collections.abc import Mapping
from typing import Any

from tokstats_parallel.results.drawn_values import drawn_values

CONFIDENCE = 0.95
USUAL_WINDOW = 16
"""Window of the published configuration, for a result that does not say its own, such as a JSON alone."""
_HALVINGS = 60  # of an interval of probabilities, to the precision of a float


def inclusion_bound(batches: int, window: int, most: int = 0) -> tuple[float, float]:
    """Returns the probabilities below which the inclusion probability of an unseen token is with 95 % confidence.

    A token of probability p is in none of n independent batches with probability (1 - p) ** n. That is 5 % at about
    p = 3 / n, the rule of three. Batches share texts with their neighbours in a window, so they are not independent: at
    worst, they say no more than n / window independent ones.

    Args:
        batches: Number of batches, at least 1.
        window: Number of consecutive draws of a stream that share texts.
        most: Largest number of batches that may have held the token, if the result leaves rare tokens out.

    Returns:
        (probability if batches are independent, probability at worst).
    """
    return _bound(batches, most), _bound(batches / window, most // window)


def window_batches(manifest: Mapping[str, Any]) -> int:
    """Returns the number W of stream batches in a pool, which is how many consecutive draws of a stream share texts.

    A result without a manifest and a Parquet has the published number, 16.
    """
    window: int = drawn_values(manifest).get("window", USUAL_WINDOW)
    return window


def least_count(manifest: Mapping[str, Any]) -> int:
    """Returns the count below which sampled tokens are left out of a result (`--min-count`)."""
    least: int = manifest.get("min_count", 1)
    return least


def _bound(batches: float, most: int) -> float:
    """Returns the probability at which a token is in `most` of the batches, or fewer, with probability 5 %."""
    if most == 0:
        return -math.expm1(math.log(1 - CONFIDENCE) / batches)
    if most >= batches:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_most(most, batches, middle) > 1 - CONFIDENCE:
            low = middle
        else:
            high = middle
    return high


def _at_most(most: int, batches: float, probability: float) -> float:
    """Returns the probability of at most `most` successes among independent trials (binomial distribution)."""
    yes, no = math.log(probability), math.log1p(-probability)
    whole = math.lgamma(batches + 1)
    return math.fsum(
        math.exp(whole - math.lgamma(held + 1) - math.lgamma(batches - held + 1) + held * yes + (batches - held) * no)
        for held in range(most + 1)
    )
