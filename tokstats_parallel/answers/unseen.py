"""Unseen tokens: the inclusion probability that a token may still have though no batch held it."""

import math

from tokstats_parallel.answers.counted import Counted

CONFIDENCE = 0.95
_USUAL_WINDOW = 16


def inclusion_bound(batches: int, window: int) -> tuple[float, float]:
    """Returns the probabilities below which the inclusion probability of an unseen token is with 95 % confidence.

    A token of probability p is in none of n independent batches with probability (1 - p) ** n. That is 5 % at about
    p = 3 / n, the rule of three. Batches share texts with their neighbours in a window, so they are not independent: at
    worst, they say no more than n / window independent ones.

    Args:
        batches: Number of batches, at least 1.
        window: Number of consecutive draws of a stream that share texts.

    Returns:
        (probability if batches are independent, probability at worst).
    """
    exponent = math.log(1 - CONFIDENCE) / batches
    return -math.expm1(exponent), -math.expm1(exponent * window)


def window_batches(result: Counted) -> int:
    """Returns the number W of stream batches in a pool, which is how many consecutive draws of a stream share texts.

    A result without a manifest has the published number, 16.
    """
    window: int = result.manifest.get("job", {}).get("window", _USUAL_WINDOW)
    return window
