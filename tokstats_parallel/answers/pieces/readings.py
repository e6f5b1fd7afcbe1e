"""Readings: the ways in which the pieces of a tokenizer, which are strings, stand for bytes."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from tokstats_parallel import _native

SPACE_MARK = "▁"
"""Character that stands for a space in the pieces of SentencePiece."""

_BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>")


@dataclass(frozen=True, slots=True)
class Reading:
    """Way in which pieces stand for bytes.

    Attributes:
        words: Description for a reader.
        raw: Returns the bytes of a piece; raises ValueError for a piece that has none.
    """

    words: str
    raw: Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class TokenizerPieces:
    """Pieces of a given tokenizer by rising id, without its added and special tokens.

    Attributes:
        name: Name of the tokenizer, as the user gave it.
        reading: Description of how the pieces were brought to bytes.
        ids: Id of each piece.
        written: Each piece as the tokenizer's file writes it.
        raw: Bytes of each piece.
        apart: Number of added and special tokens, and of pieces that no text has, such as `<unk>`.
    """

    name: str
    reading: str
    ids: tuple[int, ...]
    written: tuple[str, ...]
    raw: tuple[bytes, ...]
    apart: int

    @classmethod
    def read(
        cls, name: str, reading: Reading, pieces: Iterable[tuple[int, str]], *, apart: int = 0
    ) -> "TokenizerPieces":
        """Brings pieces (id, piece) to bytes.

        Raises:
            ValueError: A piece has no bytes, or is no string, or its id is no whole number.
        """
        pairs = list(pieces)
        if not all(type(number) is int and isinstance(piece, str) for number, piece in pairs):
            raise ValueError("a piece is no string, or its id is no whole number")
        by_id = sorted(pairs)
        written = tuple(piece for _, piece in by_id)
        raw = tuple(map(reading.raw, written))
        return cls(name, reading.words, tuple(number for number, _ in by_id), written, raw, apart)

    def without(self, tokens: Collection[str]) -> "TokenizerPieces":
        """Returns the same, with `tokens` apart, as far as they are among the pieces."""
        kept = [index for index, piece in enumerate(self.written) if piece not in tokens]
        if len(kept) == len(self.written):
            return self
        ids = tuple(self.ids[index] for index in kept)
        written = tuple(self.written[index] for index in kept)
        raw = tuple(self.raw[index] for index in kept)
        apart = self.apart + len(self.written) - len(kept)
        return replace(self, ids=ids, written=written, raw=raw, apart=apart)


def byte_level() -> Reading:
    """Returns the reading of byte-level pieces, in GPT-2's mapping; a piece with another character is its own text."""
    return Reading("byte-level, each character is one byte (Ġ is a space)", _byte_level)


def space_mark(mark: str = SPACE_MARK, *, byte_pieces: bool) -> Reading:
    """Returns the reading of pieces with a mark for each space, and with pieces `<0xNN>` for bytes if they are used."""
    return _text(f"{mark} is a space", lambda piece: piece.replace(mark, " ").encode(), byte_pieces=byte_pieces)


def word_pieces(prefix: str) -> Reading:
    """Returns the reading of pieces that continue a word after `prefix`, and begin one without it.

    Such a tokenizer writes no spaces. A piece that begins a word is read with a space in front, and a single sign or
    Chinese character without, because these are words of their own wherever they stand.
    """

    def raw(piece: str) -> bytes:
        if piece.startswith(prefix) and piece != prefix:
            return piece.removeprefix(prefix).encode()
        return piece.encode() if _is_word_anywhere(piece) else b" " + piece.encode()

    return Reading(
        f"{prefix} continues a word; other pieces, but signs and Chinese characters, begin one with a space in front",
        raw,
    )


def plain_text(*, byte_pieces: bool) -> Reading:
    """Returns the reading of pieces that are their own text, with pieces `<0xNN>` for bytes if they are used."""
    return _text("each piece is its own text", str.encode, byte_pieces=byte_pieces)


def without_suffix(reading: Reading, suffix: str) -> Reading:
    """Returns a reading that leaves out the suffix of the pieces that end a word."""
    return Reading(
        f"{reading.words}; {suffix} at the end of a word is left out",
        lambda piece: reading.raw(piece.removesuffix(suffix)),
    )


def _text(words: str, raw: Callable[[str], bytes], *, byte_pieces: bool) -> Reading:
    """Returns a reading of pieces of text, and of pieces `<0xNN>` for bytes if they are used."""
    if not byte_pieces:
        return Reading(words, raw)

    def raw_or_byte(piece: str) -> bytes:
        form = _BYTE_PIECE.fullmatch(piece)
        return bytes.fromhex(form[1]) if form else raw(piece)

    return Reading(f"{words}, <0xNN> is one byte", raw_or_byte)


def _is_word_anywhere(piece: str) -> bool:
    """Returns whether a piece is one sign or one Chinese character."""
    return len(piece) == 1 and (not piece.isalnum() or unicodedata.name(piece, "").startswith("CJK"))


def _byte_level(piece: str) -> bytes:
    try:
        return _native.unmap_bytes(piece)
    except ValueError:
        return piece.encode()
