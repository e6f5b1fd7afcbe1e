"""Alignment: the tokens of two sides beside each other, each with its count on both."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.token_keys import TokenKeys

Counts = NDArray[np.int64]
_MULTIPLIERS = ((0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F), (0xD6E8FEB86659FD93, 0xA0761D6478BD642F))
"""Odd numbers of a multiplicative hash; the second pair is taken where two tokens have one hash."""


class Aligned(NamedTuple):
    """Tokens of two sides; each token is there once.

    Attributes:
        keys: Keys of the tokens: all of the left side in their order, then those of the right side alone.
        left: Count of each token on the left side, 0 where that side has it not.
        right: Count of each token on the right side.
    """

    keys: TokenKeys
    left: Counts
    right: Counts


def align(left: tuple[TokenKeys, Counts], right: tuple[TokenKeys, Counts]) -> Aligned:
    """Aligns the tokens of two sides, each given by its tokens' keys and counts.

    Raises:
        ValueError: A side has a token twice.
    """
    (left_keys, left_counts), (right_keys, right_counts) = left, right
    in_left = np.full(len(right_counts), -1, np.int64)
    if len(left_counts) and len(right_counts):
        in_left = _places(left_keys, right_keys)
    alone = in_left < 0
    beside = np.zeros(len(left_counts), np.int64)
    beside[in_left[~alone]] = right_counts[~alone]
    zeros = np.zeros(int(alone.sum()), np.int64)
    return Aligned(
        left_keys.followed_by(right_keys.taken(alone)),
        np.concatenate([left_counts, zeros]),
        np.concatenate([beside, right_counts[alone]]),
    )


def _places(left: TokenKeys, right: TokenKeys) -> Counts:
    """Returns for each token of the right side its index on the left side, or -1."""
    for multipliers in _MULTIPLIERS:
        places = _places_by_hash(left, right, multipliers)
        if places is not None:
            return places
    raise ValueError("a token is there twice")


def _places_by_hash(left: TokenKeys, right: TokenKeys, multipliers: tuple[int, int]) -> Counts | None:
    """Returns the same, by sorted 64-bit hashes; None if two different tokens of both sides have one hash."""
    left_order, left_hashes = _sorted_hashes(left, multipliers)
    right_order, right_hashes = _sorted_hashes(right, multipliers)
    if _repeats(left_hashes) or _repeats(right_hashes):
        return None
    found = np.searchsorted(left_hashes, right_hashes)  # quick, because both are sorted
    found[found == len(left_hashes)] = 0
    matched = left_hashes[found] == right_hashes
    of_left, of_right = left_order[found[matched]], right_order[matched]
    if not all(np.array_equal(one[of_left], other[of_right]) for one, other in zip(left, right, strict=True)):
        return None
    places = np.full(len(right_order), -1, np.int64)
    places[of_right] = of_left
    return places


def _sorted_hashes(keys: TokenKeys, multipliers: tuple[int, int]) -> tuple[Counts, NDArray[np.uint64]]:
    low, high = (np.uint64(number) for number in multipliers)
    hashes = keys.low * low
    hashes ^= hashes >> np.uint64(32)  # else tokens that differ in the last bytes of both halves alone would collide
    hashes *= high
    hashes ^= hashes >> np.uint64(29)
    hashes += keys.high * low
    order = np.argsort(hashes)
    return order, hashes[order]


def _repeats(ascending: NDArray[np.uint64]) -> bool:
    return bool(np.any(ascending[1:] == ascending[:-1]))
