"""Statistical bounds for draws: the number of standard deviations by which two samples of draws differ.

A draw is the set of the substrings of one vocabulary. A score class is all substrings of equal score, which a draw
prefers at random. So two correct samplers agree only in how many substrings of a score class a draw takes, and both
take the substrings of a class equally often. With the fixed seeds of the tests the disagreement of a correct sampler is
far below `LIMIT`, and the disagreement of a wrong sampler is far above.
"""

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

LIMIT = 5.0  # standard deviations; one comparison in 1.7 million exceeds this by chance

Floats = NDArray[np.float64]


def worst_z(ours: Sequence[Collection[str]], judge: Sequence[Collection[str]], scores: Mapping[str, int]) -> float:
    """Returns the largest disagreement of two samples of draws, in standard deviations.

    Args:
        ours: Draws of the sampler under test.
        judge: Draws of the oracle.
        scores: Eligible substring -> score.
    """
    pieces = sorted(scores, key=lambda piece: (scores[piece], piece))
    values = np.array([scores[piece] for piece in pieces])
    edges = np.flatnonzero(np.diff(values, prepend=-1))  # index of the first piece of each score class
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
    """Returns a matrix with a row for each draw and a column for each piece: 1.0 if the draw holds it, else 0.0."""
    index = {piece: column for column, piece in enumerate(pieces)}
    held = np.zeros((len(draws), len(pieces)))
    for row, draw in enumerate(draws):
        held[row, [index[piece] for piece in draw]] = 1.0
    return held


def difference_z(ours: Floats, judge: Floats) -> float:
    """Returns the largest difference of a column's means, in standard deviations.

    The 1 / n in the variance keeps columns with rare events from differing by chance.
    """
    variance = sum((sample.var(axis=0) + 1 / len(sample)) / len(sample) for sample in (ours, judge))
    return float(np.max(np.abs(ours.mean(axis=0) - judge.mean(axis=0)) / np.sqrt(variance)))


def unevenness_z(members: Floats) -> float:
    """Returns by how many standard deviations the pieces of a score class are not drawn equally often.

    Each draw's number of pieces of the class is taken as given.
    """
    size = members.shape[1]
    share = members.mean(axis=1)
    variance = float(np.sum(share * (1 - share)))
    if size == 1 or variance < 10:  # one piece, or nearly all draws hold all pieces or none
        return 0.0
    times = members.sum(axis=0)
    statistic = float(np.sum((times - times.mean()) ** 2)) / (variance * size / (size - 1))
    return abs(chi_square_z(statistic, size - 1))


def chi_square_z(statistic: float, degrees: int) -> float:
    """Returns the standard normal value that is as improbable as a chi-square value (Wilson and Hilferty)."""
    spread = 2 / (9 * degrees)
    return (math.cbrt(statistic / degrees) - (1 - spread)) / math.sqrt(spread)


def uniformity_z(times: Collection[int]) -> float:
    """Returns by how many standard deviations the counts `times` differ from a uniform distribution."""
    observed = np.array(list(times), dtype=float)
    expected = observed.mean()
    return chi_square_z(float(np.sum((observed - expected) ** 2) / expected), len(observed) - 1)


def distance_z(ours: Sequence[float], judge: Sequence[float]) -> float:
    """Returns the distance of two samples (Kolmogorov and Smirnov), scaled to stay far below `LIMIT` for one law."""
    both = np.sort([*ours, *judge])
    steps = [np.searchsorted(np.sort(sample), both, side="right") / len(sample) for sample in (ours, judge)]
    distance = float(np.max(np.abs(steps[0] - steps[1])))
    return 2 * distance * math.sqrt(len(ours) * len(judge) / (len(ours) + len(judge)))
