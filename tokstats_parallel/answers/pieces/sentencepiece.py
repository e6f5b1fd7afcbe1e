"""SentencePiece models: reads the pieces of a `.model` file, a protocol buffer.

The few fields that are needed are read here: pieces, which are repeated fields 1 of the model, with their text (1) and
type (3). The format has been the same since 2018, and the package `sentencepiece` is often not installed.
"""

from collections.abc import Iterator
from typing import NamedTuple

from tokstats_parallel.answers.pieces.readings import TokenizerPieces, space_mark

_MODEL_PIECE, _TEXT, _TYPE = 1, 1, 3
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5
_FIXED_LENGTHS = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}
_NORMAL, _BYTE = 1, 6
_MOST_VARINT_BYTES = 10


class _Field(NamedTuple):
    number: int
    value: int | bytes


def sentencepiece_pieces(name: str, content: bytes) -> TokenizerPieces:
    """Returns the pieces of the model with the bytes `content`; `▁` is a space, `<0xNN>` a byte.

    Control symbols, user-defined symbols, unused pieces and the unknown piece are apart.

    Raises:
        ValueError: The bytes are no SentencePiece model, or not all of it.
    """
    entries = [_entry(field.value) for field in _fields(content) if field.number == _MODEL_PIECE]
    if not entries:
        raise ValueError("it has no pieces")
    pieces = [(index, text) for index, (text, kind) in enumerate(entries) if kind in (_NORMAL, _BYTE)]
    byte_pieces = any(kind == _BYTE for _, kind in entries)
    return TokenizerPieces.read(name, space_mark(byte_pieces=byte_pieces), pieces, apart=len(entries) - len(pieces))


def _entry(content: int | bytes) -> tuple[str, int]:
    """Returns the text and the type of a piece."""
    if isinstance(content, int):
        raise ValueError("a piece is a number")  # noqa: TRY004 - it is the file's content that is wrong
    text, kind = b"", _NORMAL
    for number, value in _fields(content):
        if number == _TEXT and isinstance(value, bytes):
            text = value
        elif number == _TYPE and isinstance(value, int):
            kind = value
    return text.decode(), kind


def _fields(content: bytes) -> Iterator[_Field]:
    """Yields the fields of a message."""
    offset = 0
    while offset < len(content):
        key, offset = _varint(content, offset)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, offset = _varint(content, offset)
            yield _Field(number, value)
            continue
        if wire == _LENGTH:
            length, offset = _varint(content, offset)
        elif wire in _FIXED_LENGTHS:
            length = _FIXED_LENGTHS[wire]
        else:
            raise ValueError(f"a field has the unknown type {wire}")
        if offset + length > len(content):
            raise ValueError("it ends within a field")
        yield _Field(number, content[offset : offset + length])
        offset += length


def _varint(content: bytes, offset: int) -> tuple[int, int]:
    """Returns the number that begins at an offset, 7 bits a byte, and the offset behind it."""
    value = 0
    for index, byte in enumerate(content[offset : offset + _MOST_VARINT_BYTES]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 1 << 7:
            return value, offset + index + 1
    raise ValueError("it ends within a number")
