"""Statistical bounds for draws: by how many standard deviations two samples of draws disagree.

A draw is the set of the learned pieces of one vocabulary. Pieces of equal score are exchangeable, so all that
two correct samplers share is the distribution of each class's count, and evenness within a class. With the
fixed seeds of the tests a correct sampler stays far below `LIMIT`; a wrong rule goes far above.
"""

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

LIMIT = 5.0  # standard deviations; for one comparison in 1.7 million by chance

Floats = NDArray[np.float64]


def worst_z(ours: Sequence[Collection[str]], judge: Sequence[Collection[str]], scores: Mapping[str, int]) -> float:
    """The largest disagreement of two samples of draws from the eligible substrings `scores`."""
    pieces = sorted(scores, key=lambda piece: (scores[piece], piece))
    values = np.array([scores[piece] for piece in pieces])
    edges = np.flatnonzero(np.diff(values, prepend=-1))  # where each score class begins
    ours_in, judge_in = (inclusion(draws, pieces) for draws in (ours, judge))
    ours_count, judge_count = (np.add.reduceat(held, edges, axis=1) for held in (ours_in, judge_in))
    middle = judge_count.mean(axis=0)
    worst = [
        difference_z(ours_count, judge_count),
        difference_z((ours_count - middle) ** 2, (judge_count - middle) ** 2),
        difference_z(ours_in @ values / values.mean(), judge_in @ values / values.mean()),
        *(unevenness_z(members) for members in np.split(ours_in, edges[1:], axis=1)),
    ]
    return float(max(worst))


def inclusion(draws: Sequence[Collection[str]], pieces: Sequence[str]) -> Floats:
    """1.0 where the draw (row) holds the piece (column)."""
    place = {piece: column for column, piece in enumerate(pieces)}
    held = np.zeros((len(draws), len(pieces)))
    for row, draw in enumerate(draws):
        held[row, [place[piece] for piece in draw]] = 1.0
    return held


def difference_z(ours: Floats, judge: Floats) -> float:
    """The largest z of the columns' difference in means; the 1 / n keeps rare events tame."""
    variance = sum((sample.var(axis=0) + 1 / len(sample)) / len(sample) for sample in (ours, judge))
    return float(np.max(np.abs(ours.mean(axis=0) - judge.mean(axis=0)) / np.sqrt(variance)))


def unevenness_z(members: Floats) -> float:
    """How far from even a class's pieces are drawn, given how many of them each draw has."""
    size = members.shape[1]
    share = members.mean(axis=1)
    variance = float(np.sum(share * (1 - share)))
    if size == 1 or variance < 10:  # alone, or hardly ever cut
        return 0.0
    times = members.sum(axis=0)
    statistic = float(np.sum((times - times.mean()) ** 2)) / (variance * size / (size - 1))
    return abs(chi_square_z(statistic, size - 1))


def chi_square_z(statistic: float, degrees: int) -> float:
    """Wilson and Hilferty's approximation: the standard normal value as improbable as this chi-square."""
    spread = 2 / (9 * degrees)
    return (math.cbrt(statistic / degrees) - (1 - spread)) / math.sqrt(spread)


def uniformity_z(times: Collection[int]) -> float:
    """How far from uniform these counts are."""
    observed = np.array(list(times), dtype=float)
    expected = observed.mean()
    return chi_square_z(float(np.sum((observed - expected) ** 2) / expected), len(observed) - 1)


def distance_z(ours: Sequence[float], judge: Sequence[float]) -> float:
    """Kolmogorov and Smirnov's distance of two samples, scaled so that LIMIT is far outside for any sizes."""
    both = np.sort([*ours, *judge])
    steps = [np.searchsorted(np.sort(sample), both, side="right") / len(sample) for sample in (ours, judge)]
    distance = float(np.max(np.abs(steps[0] - steps[1])))
    return 2 * distance * math.sqrt(len(ours) * len(judge) / (len(ours) + len(judge)))
