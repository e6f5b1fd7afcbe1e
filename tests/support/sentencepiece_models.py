"""SentencePiece models made by hand: the protocol buffer of pieces with their scores and types."""

import struct
from collections.abc import Iterable

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)


def varint(number: int) -> bytes:
    """Encodes a number with 7 bits a byte, the lowest first."""
    head = bytearray()
    while number > 0x7F:
        head.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*head, number])


def field(number: int, content: bytes) -> bytes:
    """Encodes a field of any length."""
    return varint(number << 3 | 2) + varint(len(content)) + content


def model(pieces: Iterable[tuple[str, int]]) -> bytes:
    """Encodes pieces (text, type), then a trainer's and a normalizer's fields, which nobody needs here."""
    entries = [
        field(1, text.encode())
        + b"\x15"
        + struct.pack("<f", -1.5)
        + (b"\x18" + varint(kind) if kind != NORMAL else b"")
        for text, kind in pieces
    ]
    others = field(2, b"\x18\x02" + field(7, b"x" * 300)) + field(3, field(1, b"identity") + b"\x18\x01")
    return b"".join(field(1, entry) for entry in entries) + others
