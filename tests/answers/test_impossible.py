"""Impossible tokens: reasons by hand, no reason for what texts give, and a text for each token without a reason."""

import random
import time
from itertools import product

import oracle
import pytest

from tokstats_parallel import _native
from tokstats_parallel.answers.impossible import Impossible, Reason, impossible_reason

ALPHABET = [
    "a",
    "Z",
    "1",
    "#",
    "'",
    "s",
    "r",
    "e",
    " ",
    "\n",
    "\t",
    "\r",
    "é",
    "²",
    "¡",
    "\xa0",
    "一",
    "①",
    "…",
    "\u3000",
]
ALPHABET += ["\u0301", "ि", "क", "😀", "\U0001d7d9", "\U00010107", "\U00010400", "\ufffe", "\U0010ffff"]


def substrings(text: str) -> set[bytes]:
    """Returns the substrings that the sampler takes from a text, before which it puts a space."""
    found = set()
    for number, pretoken in enumerate(oracle.split(f" {text}")):
        raw = pretoken.encode()
        for start in oracle.starts(pretoken, first=number == 0, stride=4):
            found |= {raw[start : start + length] for length in range(1, 16) if start + length <= len(raw)}
    return found


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"", (Reason.EMPTY, None)),
        (b"a", (Reason.BYTE, None)),
        (b"\xff", (Reason.BYTE, None)),
        (b"\n   ", (Reason.WHITE_SPACE_PIECE, None)),
        (b"\n" * 16, (Reason.WHITE_SPACE_PIECE, None)),
        (b"\n" * 17, (Reason.TOO_LONG, 15)),
        (b"a" * 16, (Reason.TOO_LONG, 15)),
        (b" \n ", (Reason.TWO_BLANKS, 1)),
        (b" a ", (Reason.TWO_BLANKS, 2)),
        (b"a\xffb", (Reason.NOT_UTF8, 1)),
        (b"\x80" * 4, (Reason.NOT_UTF8, 3)),
        (b"\xe2a", (Reason.NOT_UTF8, 0)),
        (b"a\xed\xa0", (Reason.NOT_UTF8, 1)),
        (b"a\xe0\x80", (Reason.NOT_UTF8, 1)),
        (b"a\xf4\x90", (Reason.NOT_UTF8, 1)),
        (b"\xc0\x80", (Reason.NOT_UTF8, 0)),
        ("हि".encode(), (Reason.MARK, 3)),
        ("\u0301a".encode(), (Reason.MARK, 2)),
        (b"def __init__"[3:], (Reason.BORDER, 3)),
        (b"def x", (Reason.BORDER, 3)),
        (b"a1", (Reason.BORDER, 1)),
        (b"\n#", (Reason.BORDER, 1)),
        (b" 's", (Reason.BORDER, 2)),
        (b"'sa", (Reason.BORDER, 1)),
        (b"'S", (Reason.BORDER, 1)),
        (b"#\xd0", (Reason.BORDER, 1)),  # all characters that begin so are Cyrillic letters
    ],
)
def test_reasons_by_hand(raw: bytes, expected: tuple[Reason, int | None]) -> None:
    assert impossible_reason(raw) == Impossible(*expected)


@pytest.mark.parametrize(
    "raw",
    [
        b" def",
        b"'s",
        b"'r",
        b"'ll",
        b"\r\n",
        b"__(",
        b" '",
        b"''",
        b"\x9f\x98",
        b"\x80 "[:1] * 3,
        b"\xa9\xc3",
        b"a\xcb",
    ],
)
def test_possible_by_hand(raw: bytes) -> None:
    assert impossible_reason(raw) is None


def test_what_a_text_gives_has_no_reason() -> None:
    dice = random.Random(3)  # noqa: S311 - not for secrets
    for _ in range(1500):
        text = "".join(dice.choices(ALPHABET, k=dice.randrange(1, 14)))
        for raw in substrings(text):
            found = impossible_reason(raw)
            blanks = sum(map(raw.count, b" \n\t"))
            is_eligible = len(raw) > 1 and blanks < 2
            assert (found is None) == is_eligible, (text, raw, found)


def completions(raw: bytes) -> list[tuple[str, int]]:
    """Returns texts that hold the bytes, with the number of bytes before them inside their first character."""
    found = []
    for length, front, back in product(range(4), ALPHABET, ALPHABET):
        for cut in range(4):
            begin = front.encode()[:-length] if length else b""
            if length and len(begin) + length != len(front.encode()):
                continue
            end = back.encode()[cut:] if cut else b""
            try:
                found.append(((begin + raw + end).decode(), len(begin)))
            except UnicodeDecodeError:
                continue
    return found


def has_witness(raw: bytes) -> bool:
    """Tells whether one of some texts gives the substring: its characters first, or behind four of the same class."""
    for text, skipped in completions(raw):
        if not skipped and any(raw in substrings(before + text) for before in ("a", "#", "1", "\n", "")):
            return True
        for first in ALPHABET:
            for middle in "a1#\r":
                behind = f"{first}{middle * 3}{text}"
                if skipped and any(raw in substrings(before + behind) for before in ("\n", "b")):
                    return True
    return False


def test_each_token_without_a_reason_is_in_a_text() -> None:
    dice = random.Random(5)  # noqa: S311 - not for secrets
    possible = 0
    for _ in range(100):
        raw = "".join(dice.choices(ALPHABET, k=dice.randrange(1, 4))).encode()
        raw = raw[dice.randrange(3) :]
        raw = raw[: dice.randrange(2, 16)]
        if impossible_reason(raw) is None:
            possible += 1
            assert has_witness(raw), raw
    assert possible > 25


def test_fixed_pieces_are_fixed() -> None:
    byte_of = {character: byte for byte, character in enumerate(_native.fixed_pieces()[:256])}
    for piece in _native.fixed_pieces():
        found = impossible_reason(bytes(byte_of[character] for character in piece))
        assert found
        assert found.reason.is_fixed


def test_a_vocabulary_of_100_000_tokens_takes_less_than_a_second() -> None:
    dice = random.Random(1)  # noqa: S311 - not for secrets
    tokens = ["".join(dice.choices(ALPHABET, k=dice.randrange(1, 9))).encode() for _ in range(100_000)]
    impossible_reason(b"\xe2\x82")
    began = time.process_time()
    for token in tokens:
        impossible_reason(token)
    assert time.process_time() - began < 3  # a sixth of it when nothing else runs
