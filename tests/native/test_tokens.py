"""Kinds, readable texts and bytes of tokens, as the core gives them to Python."""

import random
import unicodedata

import pytest

from tokstats_parallel import _native

SYMBOLS = {" ": "␣", "\n": "⏎", "\t": "⇥", "\\": "\\\\"}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"a", "byte"),
        (b"\n ", "white space"),
        ("\u3000".encode(), "white space"),
        (" é".encode(), "non-ASCII"),
        (b"\xe2\x82", "non-ASCII"),
        (b" def", "word start"),
        (b"def", "word"),
        (b" 12", "number"),
        (b" ();", "punctuation"),
        (b"\x1c\x1d", "punctuation"),
        (b"'s", "mixed"),
        (b"\n#", "mixed"),
    ],
)
def test_the_kind_of_a_token(raw: bytes, kind: str) -> None:
    assert _native.token_kind(raw) == kind
    assert kind in _native.KINDS


def test_the_nine_kinds_in_their_order() -> None:
    assert " / ".join(_native.KINDS) == (
        "special / byte / white space / non-ASCII / word start / word / number / punctuation / mixed"
    )


def test_readable_texts_are_those_of_the_unicode_data() -> None:
    """Python's Unicode is another version: only characters that it knows can be compared."""
    default_ignorable_letters = {*map(chr, [0x115F, 0x1160, 0x3164, 0xFFA0]), "\u2800"}
    for character in map(chr, range(0x110000)):
        category = unicodedata.category(character)
        if category in ("Cn", "Cs"):
            continue
        text = _native.readable_text(character.encode())
        escape = f"\\u{{{ord(character):X}}}"
        is_unseen = category[0] in "CZM" or character in default_ignorable_letters or character in SYMBOLS.values()
        assert text == SYMBOLS.get(character, escape if is_unseen else character), hex(ord(character))
        assert _native.parse_readable_text(text) == character.encode()


def test_readable_texts_of_random_bytes_come_back_and_are_printable() -> None:
    dice = random.Random(7)  # noqa: S311 - not for secrets
    for _ in range(20_000):
        raw = bytes(dice.choices([*range(256), *b"\\ \n", *"é汉␣".encode()], k=dice.randrange(16)))
        text = _native.readable_text(raw)
        assert _native.parse_readable_text(text) == raw
        assert _native.unmap_bytes(_native.map_bytes(raw)) == raw
        assert text.isprintable() or any(unicodedata.category(character) == "Cn" for character in text)


@pytest.mark.parametrize("text", ["\\", "\\n", "\\x4", "\\u41", "\\u{110000}"])
def test_what_is_no_readable_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"the backslash at byte 1 begins none of \\\\, \\xE2 and \\u\{200B\}"):
        _native.parse_readable_text(f"a{text}")


@pytest.mark.parametrize("mapped", ["a b", "汉", "\n", "\u0144"])
def test_what_is_no_mapped_form(mapped: str) -> None:
    with pytest.raises(ValueError, match="none of the 256"):
        _native.unmap_bytes(mapped)


def test_an_index_finds_each_token() -> None:
    chunks = [(b"\0" * 8 + b"\2" + b"\0" * 7 + b"\5" + b"\0" * 7, b"abcde"), (b"\0" * 16, b"")]
    index = _native.TokenIndex(chunks)
    assert [index.find(token) for token in ("ab", "cde", "", "abc", "b")] == [0, 1, 2, None, None]
    with pytest.raises(ValueError, match="offsets"):
        _native.TokenIndex([(b"\1" + b"\0" * 15, b"ab")])


def test_damaged_tokens_are_not_described() -> None:
    for offsets, text in ((b"\1" + b"\0" * 15, b"ab"), (b"\0" * 8 + b"\1" + b"\0" * 7, b"\xff")):
        with pytest.raises(ValueError, match="offsets"):
            _native.describe_tokens(offsets, text, [])
