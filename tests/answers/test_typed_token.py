"""Typed tokens: what people type, and how it is read."""

import pytest

from tokstats_parallel.answers.typed_token import hex_reading, readings_of
from tokstats_parallel.errors import ConfigError


@pytest.mark.parametrize(
    ("word", "readings"),
    [
        ("return", [("plain text", b"return")]),
        (" return", [("plain text", b" return")]),
        ("def __init__", [("plain text", b"def __init__")]),
        ("\\n    ", [("plain text with escapes", b"\n    ")]),
        ("Ġreturn", [("mapped form", b" return"), ("plain text", "Ġreturn".encode())]),
        ("␣return", [("readable text", b" return"), ("plain text", "␣return".encode())]),
        ("\\n", [("plain text with escapes", b"\n"), ("mapped form", b"\\n")]),
        ("\\xE2\\x82", [("plain text with escapes", b"\xe2\x82"), ("mapped form", b"\\xE2\\x82")]),
        ("café", [("plain text", "café".encode()), ("mapped form", b"caf\xe9")]),
        ("\\d", [("plain text", b"\\d")]),
        ("\\u{110000}", [("plain text", b"\\u{110000}")]),
        ("\\u{1F600}", [("plain text with escapes", "😀".encode()), ("mapped form", b"\\u{1F600}")]),
        ("\\ud800", [("plain text with escapes", b"\xed\xa0\x80"), ("mapped form", b"\\ud800")]),
        ("a\udcff", [("plain text", b"a\xff")]),
        ("\\", [("plain text", b"\\")]),
        ("[red]\x1b", [("plain text", b"[red]\x1b")]),
    ],
)
def test_a_word(word: str, readings: list[tuple[str, bytes]]) -> None:
    assert [(one.name, one.raw) for one in readings_of(word)] == readings


@pytest.mark.parametrize(("typed", "raw"), [("20", b" "), ("0xE282AC", "€".encode()), ("e2 82", b"\xe2\x82")])
def test_hexadecimal_bytes(typed: str, raw: bytes) -> None:
    assert hex_reading(typed).raw == raw


@pytest.mark.parametrize("typed", ["", "2", "xy", "0x", "-1"])
def test_what_is_no_hexadecimal_number(typed: str) -> None:
    with pytest.raises(ConfigError, match="two hexadecimal digits for each byte"):
        hex_reading(typed)


def test_an_empty_word_is_no_token() -> None:
    with pytest.raises(ConfigError, match="an empty word names no token"):
        readings_of("")
