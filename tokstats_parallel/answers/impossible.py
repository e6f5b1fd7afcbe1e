"""Impossible tokens: tells by its bytes why a token can never be drawn, whatever the texts, the seed and the batches.

A sampled token is a substring of a pretoken of some text (SPEC 2, "Scores"). Three facts make this a question of the
bytes alone:

- 0 is a start of every pretoken. So any beginning of any pretoken of up to 15 bytes can be sampled.
- A start that is inside a character comes about, too: possible starts are shifted by the length of the pretoken's first
  character. Where that is k bytes long and a later character is the pretoken's fifth, its last k bytes are at a start.
- A pretoken may be as long as needed, and its text may go on in any way.

So a token is possible if some characters, of which the first and the last may be cut, have these bytes and are
of one class, perhaps after one space; or if it begins a contraction such as `'re`.
"""

import re
from enum import StrEnum
from typing import NamedTuple
from unicodedata import category

from tokstats_parallel import _native
from tokstats_parallel.answers.character_classes import (
    LETTER,
    NUMBER,
    OTHER,
    WHITE_SPACE,
    class_of_points,
    classes_of_beginnings,
    classes_of_endings,
)

LONGEST = 15
"""Number of bytes of the longest substring."""
_BLANKS = b" \n\t"
_CONTRACTIONS = frozenset([*(b"'%c" % end for end in b"stmdrvl"), b"'re", b"'ve", b"'ll"])
"""Contractions, and their beginnings."""
_PLAIN = re.compile(rb" ?(?:[A-Za-z]+|[0-9]+|[!-/:-@\[-`{-~]+)")
"""Pretokens of visible ASCII characters without contractions, which most tokens are."""
_CONTINUATION = re.compile(rb"[\x80-\xBF]*")
_ANY = LETTER | NUMBER | OTHER | WHITE_SPACE


class Reason(StrEnum):
    """Reason why a token is never drawn; the first that holds, in this order."""

    EMPTY = "empty"
    BYTE = "single byte"
    WHITE_SPACE_PIECE = "white-space piece"
    TOO_LONG = "longer than 15 bytes"
    TWO_BLANKS = "two white-space characters"
    NOT_UTF8 = "not in any UTF-8 text"
    MARK = "letter joined with a combining mark"
    BORDER = "across a pretoken's border"

    @property
    def is_fixed(self) -> bool:
        """Tells whether every vocabulary holds the token, which is why no draw does."""
        return self in (Reason.BYTE, Reason.WHITE_SPACE_PIECE)


class Impossible(NamedTuple):
    """Reason why a token is never drawn.

    Attributes:
        reason: The reason.
        offset: Number of the token's bytes before the place that is impossible; None if it is not in one place.
    """

    reason: Reason
    offset: int | None = None


def impossible_reason(raw: bytes) -> Impossible | None:
    """Returns the reason why a token with these bytes is never drawn; None if some text and batch can draw it.

    Special tokens are not known here: every vocabulary of a run holds those of its reference tokenizer.
    """
    if 1 < len(raw) <= LONGEST and _PLAIN.fullmatch(raw):
        return None
    found = _impossible_piece(raw)
    return _impossible_join(raw) if found is None and raw not in _CONTRACTIONS else found


def _impossible_piece(raw: bytes) -> Impossible | None:
    """Returns the reason why no draw may take these bytes, even if they are in one pretoken; None if it may."""
    if len(raw) <= 1:
        return Impossible(Reason.BYTE if raw else Reason.EMPTY)
    if raw in _WHITE_SPACE_PIECES:
        return Impossible(Reason.WHITE_SPACE_PIECE)
    if len(raw) > LONGEST:
        return Impossible(Reason.TOO_LONG, LONGEST)
    blanks = [offset for offset, byte in enumerate(raw) if byte in _BLANKS]
    return Impossible(Reason.TWO_BLANKS, blanks[1]) if len(blanks) > 1 else None


class _Part(NamedTuple):
    """Character of a token, or the part of one that is in it: the offset of its bytes, its classes, and itself."""

    start: int
    classes: int
    character: str


def _impossible_join(raw: bytes) -> Impossible | None:
    """Returns the reason why the characters of a token cannot be in one pretoken; None if they can."""
    parts = _parts(raw)
    if isinstance(parts, Impossible):
        return parts
    possible, before = _ANY, ""
    for number, part in enumerate(parts):
        if number == 1 and before == " ":
            possible = part.classes  # a space begins a pretoken of any class
        elif possible & part.classes:
            possible &= part.classes
        else:
            is_mark = _is_marked(before, part.character)
            return Impossible(Reason.MARK if is_mark else Reason.BORDER, part.start)
        before = part.character
    return None


def _parts(raw: bytes) -> list[_Part] | Impossible:
    """Returns the characters of a token, the first and the last of which may be cut; an error if no text has them."""
    tail = _CONTINUATION.match(raw)
    at = tail.end() if tail else 0
    if at > 3:  # noqa: PLR2004 - no character has more continuation bytes
        return Impossible(Reason.NOT_UTF8, 3)
    if at == len(raw):
        return [_Part(0, _ANY, "")]  # inside one character, such as the middle of an emoji
    parts = [_Part(0, classes_of_endings(at)[_low_bits(raw[:at])], "")] if at else []
    try:
        text, cut = raw[at:].decode(), len(raw)
    except UnicodeDecodeError as error:
        cut = at + error.start
        text = raw[at:cut].decode()
    for character in text:
        parts.append(_Part(at, class_of_points()[ord(character)], character))
        at += len(character.encode())
    if cut < len(raw):
        classes = _classes_of_beginning(raw[cut:])
        if not classes:
            return Impossible(Reason.NOT_UTF8, cut)
        parts.append(_Part(cut, classes, ""))
    return parts


def _classes_of_beginning(head: bytes) -> int:
    """Returns the classes of the characters whose encoding begins with `head` and is longer; 0 if there are none."""
    first, rest = head[0], head[1:]
    length = 2 if 0xC2 <= first < 0xE0 else 3 if 0xE0 <= first < 0xF0 else 4 if 0xF0 <= first < 0xF5 else 0  # noqa: PLR2004
    missing = length - len(head)
    if missing < 1 or not all(0x80 <= byte < 0xC0 for byte in rest):  # noqa: PLR2004 - bits of UTF-8
        return 0
    index = (first & (0x7F >> length)) << 6 * len(rest) | _low_bits(rest)
    classes = classes_of_beginnings(missing, length)
    return classes[index] if index < len(classes) else 0


def _low_bits(continuation: bytes) -> int:
    number = 0
    for byte in continuation:
        number = number << 6 | byte & 0x3F
    return number


def _is_marked(before: str, after: str) -> bool:
    """Tells whether a letter and a combining mark meet, in any order."""
    return sorted(category(one)[0] for one in (before, after) if one) == ["L", "M"]


def _white_space_pieces() -> frozenset[bytes]:
    byte_of = {character: bytes([byte]) for byte, character in enumerate(_native.fixed_pieces()[:256])}
    return frozenset(b"".join(map(byte_of.__getitem__, piece)) for piece in _native.fixed_pieces()[256:])


_WHITE_SPACE_PIECES = _white_space_pieces()
