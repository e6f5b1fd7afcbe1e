"""Packing of counts into a segment, as the core packs them (native/src/counts/segment.rs)."""

from collections.abc import Mapping
from itertools import accumulate
from operator import and_, eq

from oracle import map_bytes

RANK = {byte: rank for rank, byte in enumerate(sorted(range(256), key=lambda byte: map_bytes(bytes([byte]))))}


def leb128(number: int) -> bytes:
    *low, high = (number >> shift & 0x7F for shift in range(0, max(number.bit_length(), 1), 7))
    return bytes([*(bits | 0x80 for bits in low), high])


def pack(counts: Mapping[bytes, int]) -> bytes:
    """Returns the segment that holds the substrings (1 to 15 bytes each) and their counts."""
    packed, before = bytearray(), b""
    for ranks, count in sorted((bytes(RANK[byte] for byte in raw), count) for raw, count in counts.items()):
        shared = sum(accumulate(map(eq, before, ranks), and_))
        packed += bytes([shared << 4 | len(ranks) - shared]) + ranks[shared:] + leb128(count)
        before = ranks
    return bytes(packed)
