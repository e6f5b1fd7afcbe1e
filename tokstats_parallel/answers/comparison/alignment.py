"""Alignment: the tokens of two sides beside each other, each with its count on both."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.token_keys import TokenKeys

Counts = NDArray[np.int64]
Hashes = NDArray[np.uint64]
_MULTIPLIERS = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
"""Odd numbers of a multiplicative hash."""


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
    index_bits = max(len(left.low), len(right.low)).bit_length()
    left_order, left_hashes = _sorted_hashes(left, index_bits)
    right_order, right_hashes = _sorted_hashes(right, index_bits)
    found = np.searchsorted(left_hashes, right_hashes)  # quick, because both are sorted
    found[found == len(left_hashes)] = 0
    matched = left_hashes[found] == right_hashes
    of_left, of_right = left_order[found[matched]], right_order[matched]
    equal = (left.low[of_left] == right.low[of_right]) & (left.high[of_left] == right.high[of_right])
    places = np.full(len(right_order), -1, np.int64)
    places[of_right[equal]] = of_left[equal]
    for token, hashed in zip(of_right[~equal], right_hashes[matched][~equal], strict=True):  # a few in millions
        first, behind = (np.searchsorted(left_hashes, hashed, side) for side in ("left", "right"))
        places[token] = _place_among(left, left_order[first:behind], right, int(token))
    return places


def _place_among(left: TokenKeys, tokens: Counts, right: TokenKeys, token: int) -> int:
    """Returns which of some tokens of the left side, all of one hash, is a token of the right side; -1 if none is."""
    raw = right.raw(token)
    return next((int(one) for one in tokens if left.raw(int(one)) == raw), -1)


def _sorted_hashes(keys: TokenKeys, index_bits: int) -> tuple[Counts, Hashes]:
    """Returns the order of the tokens by the first bits of their hashes, and these parts of the hashes, sorted.

    The last bits, `index_bits`, hold the index of a token, since numbers are sorted much faster than their indices.

    Raises:
        ValueError: A token is there twice.
    """
    bits = np.uint64(index_bits)
    packed = _hashes(keys)
    packed >>= bits
    packed <<= bits
    packed |= np.arange(len(keys.low), dtype=np.uint64)
    packed.sort()
    order = (packed & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64)
    packed >>= bits
    near = np.flatnonzero(packed[1:] == packed[:-1])
    one, other = keys.taken(order[near]), keys.taken(order[near + 1])
    if np.any((one.low == other.low) & (one.high == other.high)):
        raise ValueError("a token is there twice")
    return order, packed


def _hashes(keys: TokenKeys) -> Hashes:
    hashes = keys.low * _MULTIPLIERS[0]
    hashes ^= hashes >> np.uint64(32)  # else tokens that differ in the last bytes of both halves alone would collide
    hashes *= _MULTIPLIERS[1]
    hashes ^= hashes >> np.uint64(29)
    hashes += keys.high * _MULTIPLIERS[0]
    hashes ^= hashes >> np.uint64(32)  # the low bits are lost
    hashes *= _MULTIPLIERS[1]
    return hashes
