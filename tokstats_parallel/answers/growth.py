"""Growth: how many different tokens a number of batches holds (rarefaction), from the counts of a result alone."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.count_histogram import CountHistogram
from tokstats_parallel.answers.counted import Counted

_STEPS = 24
"""Number of points of a curve up to the batches of the result."""
_FURTHER = 6
"""Number of points beyond."""
_MOST_RESTORED = 3
"""Largest least count of a result for which the totals of the tokens left out say how many have which count."""
_SHIFT = 8
"""Number by which the argument of Stirling's series is raised, so that three terms are exact to 12 digits."""


def complete(histogram: CountHistogram, result: Counted, language: str | None) -> CountHistogram | None:
    """Returns a histogram of all sampled tokens, also of the tokens left out of the result; None if it is not known.

    With a least count of 2, all tokens left out have the count 1. With 3, their number and the sum of their counts tell
    how many have the counts 1 and 2. Of a language neither is known.
    """
    left_out = result.manifest.get("left_out")
    if not left_out or not left_out["tokens"]:
        return histogram
    least = result.manifest["min_count"]
    if language is not None or least > _MOST_RESTORED:
        return None
    twice = left_out["occurrences"] - left_out["tokens"]
    more = {2: twice, 1: left_out["tokens"] - twice}
    counts, tokens = (np.array([*part]) for part in (more.keys(), more.values()))
    return CountHistogram(
        histogram.batches,
        np.concatenate([histogram.counts, counts[tokens > 0]]),
        np.concatenate([histogram.tokens, tokens[tokens > 0]]),
        histogram.fixed,
    )


def steps(batches: int) -> list[int]:
    """Returns numbers of batches for a curve that ends with `batches`, dense at its beginning, where it is steep."""
    return sorted({max(1, round(batches * (step / _STEPS) ** 2)) for step in range(1, _STEPS + 1)}) if batches else []


def further_steps(batches: int) -> list[int]:
    """Returns numbers of batches for a curve from more than `batches` to twice as many."""
    return sorted({batches + max(1, round(batches * step / _FURTHER)) for step in range(1, _FURTHER + 1)})


def growth(histogram: CountHistogram, batches: Iterable[int]) -> list[float]:
    """Returns the expected number of different sampled tokens in each number of batches, up to the histogram's.

    It is the mean over all choices of so many batches. A token of count k is in none of t out of T batches with
    probability C(T - k, t) / C(T, t). Successive batches, as a shorter run has them, hold fewer tokens than others.
    """
    whole, without = histogram.batches, histogram.batches - histogram.counts
    found = []
    for chosen in batches:
        rest = without[without >= chosen].astype(np.float64)  # the others are in every choice
        ways = _log_factorial(rest) - _log_factorial(rest - chosen)
        all_ways = _log_factorial(np.array([whole, whole - chosen], np.float64))
        missed = np.exp(ways - (all_ways[0] - all_ways[1])) @ histogram.tokens[without >= chosen]
        found.append(histogram.sampled - float(missed))
    return found


def _log_factorial(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns the natural logarithms of the factorials of whole numbers."""
    raised = numbers + 1 + _SHIFT
    factors = np.ones_like(numbers)
    for step in range(1, _SHIFT + 1):
        factors *= numbers + step
    inverse = 1 / raised
    series = inverse * (1 / 12 - inverse**2 * (1 / 360 - inverse**2 / 1260))
    logarithm: NDArray[np.float64] = (raised - 0.5) * np.log(raised) - raised + np.log(2 * np.pi) / 2 + series
    return logarithm - np.log(factors)
