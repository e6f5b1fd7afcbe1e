"""Exact test of two proportions for few batches (Fisher's), by the tails of the hypergeometric distribution."""

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Wholes = NDArray[np.int64]

_TABLE = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, 256)))])
_MOST_CELLS = 1 << 20
_ROUNDING = 1e-9
"""Largest error of an effective count that should be whole."""


def exact_p_values(left: Values, right: Values, sizes: tuple[int, int]) -> Values:
    """Returns two-sided p-values: twice the smaller tail, at most 1.

    Counts that are not whole are rounded so that the two shares come closer to each other, at most until they meet.

    Args:
        left: Effective batches with the token on the left side, for each pair of counts.
        right: The same on the right side.
        sizes: Effective batches of each side.
    """
    if not len(left):
        return np.ones(0)
    left_higher = left * sizes[1] >= right * sizes[0]
    low = [np.floor(side + _ROUNDING).astype(np.int64) for side in (left, right)]
    high = [np.ceil(side - _ROUNDING).astype(np.int64) for side in (left, right)]
    first, second = np.where(left_higher, low[0], high[0]), np.where(left_higher, high[1], low[1])
    met = (first * sizes[1] >= second * sizes[0]) != left_higher
    distinct, inverse = np.unique(np.stack([first, second]), axis=1, return_inverse=True)
    p = _both_tails(distinct[0], distinct[1], sizes)[inverse]
    p[met] = 1
    return p


def _both_tails(left: Wholes, right: Wholes, sizes: tuple[int, int]) -> Values:
    """Returns the p-values of whole counts, some thousand numbers at a time."""
    together = left + right
    lowest, highest = np.maximum(together - sizes[1], 0), np.minimum(together, sizes[0])
    order = np.argsort(highest - lowest)  # rows of similar length make a table without much waste
    p = np.ones(len(left))
    start = 0
    while start < len(order):
        rows = max(1, _MOST_CELLS // int(highest[order[-1]] - lowest[order[-1]] + 1))
        some = order[start : start + rows]
        p[some] = _tails_in_table(left[some], together[some], lowest[some], highest[some], sizes)
        start += rows
    return p


def _tails_in_table(left: Wholes, together: Wholes, lowest: Wholes, highest: Wholes, sizes: tuple[int, int]) -> Values:
    """Returns the p-values of counts, from a table with a row for each and a column for each possible left count."""
    columns = np.arange(int((highest - lowest).max()) + 1)
    possible = np.minimum(lowest[:, None] + columns, highest[:, None])
    others = together[:, None] - possible
    logs = _log_choose(sizes[0], possible) + _log_choose(sizes[1], others)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True)) * (columns <= (highest - lowest)[:, None])
    total = weights.sum(axis=1)
    below = (weights * (possible <= left[:, None])).sum(axis=1) / total
    above = (weights * (possible >= left[:, None])).sum(axis=1) / total
    p: Values = np.minimum(2 * np.minimum(below, above), 1)
    return p


def _log_choose(size: int, chosen: Wholes) -> Values:
    logs: Values = log_factorial(np.array(size)) - log_factorial(chosen) - log_factorial(size - chosen)
    return logs


def log_factorial(numbers: Wholes) -> Values:
    """Returns the natural logarithms of factorials: of small numbers from a table, of others by Stirling's series."""
    small = np.minimum(numbers, len(_TABLE) - 1)
    n = np.maximum(numbers, len(_TABLE)).astype(np.float64)
    series = n * np.log(n) - n + np.log(2 * np.pi * n) / 2 + 1 / (12 * n) - 1 / (360 * n**3)
    logs: Values = np.where(numbers < len(_TABLE), _TABLE[small], series)
    return logs
