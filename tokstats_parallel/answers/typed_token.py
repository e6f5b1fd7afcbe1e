r"""Typed token: the bytes that a user may mean by a word of the command line.

A word can be a mapped form (`Ġreturn`), a readable text (`␣return`, `\xE2`), or plain text, in which `\n`, `\t`, `\r`,
`\\`, `\xE2` and `\u{200B}` are escapes and any other backslash stands for itself. Often all three are the same bytes.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tokstats_parallel import _native
from tokstats_parallel.errors import ConfigError

MAPPED, READABLE, PLAIN, ESCAPED, HEX = (
    "mapped form",
    "readable text",
    "plain text",
    "plain text with escapes",
    "hexadecimal bytes",
)
_ESCAPE = re.compile(r"\\(?:([ntr0\\])|x([0-9A-Fa-f]{2})|u\{(0?[0-9A-Fa-f]{1,5}|10[0-9A-Fa-f]{4})\}|u([0-9A-Fa-f]{4}))")
_CONTROLS = {"n": b"\n", "t": b"\t", "r": b"\r", "0": b"\0", "\\": b"\\"}
_SYMBOLS = re.compile(r"[␣⏎⇥]|\\x|\\u\{")
_BLANKS = re.compile("[ĠĊĉ]")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a word.

    Attributes:
        typed: The word as typed.
        name: Name of the way.
        raw: Bytes of the token that is meant.
    """

    typed: str
    name: str
    raw: bytes


def readings_of(word: str) -> list[Reading]:
    """Returns the ways to read a word that give different bytes, the most likely one first.

    Raises:
        ConfigError: The word is empty.
    """
    if not word:
        raise ConfigError("an empty word names no token; quote a space as ' '")
    plain = _plain(word)
    found = [Reading(word, PLAIN if plain == _encoded(word) else ESCAPED, plain)]
    for name, parse in ((READABLE, _native.parse_readable_text), (MAPPED, _native.unmap_bytes)):
        raw = _parsed(parse, word)
        if raw is not None and all(raw != other.raw for other in found):
            found.append(Reading(word, name, raw))
    return sorted(found, key=_unlikelihood)


def hex_reading(typed: str) -> Reading:
    """Returns the reading of a word that gives bytes by hexadecimal digits, such as `20`, `e2 82` or `0xE282`.

    Raises:
        ConfigError: The word is something else.
    """
    try:
        raw = bytes.fromhex(typed.removeprefix("0x").removeprefix("0X"))
    except ValueError:
        raw = b""
    if not raw:
        raise ConfigError(f"--hex {typed!r}: give two hexadecimal digits for each byte, such as 20 or e282ac")
    return Reading(typed, HEX, raw)


def _unlikelihood(reading: Reading) -> int:
    """Returns a number by which the readings of a word are sorted.

    Symbols that hardly a text has speak for the form that has them; otherwise a user types plain text.
    """
    is_special_form = {MAPPED: _BLANKS, READABLE: _SYMBOLS}.get(reading.name)
    return 0 if is_special_form and is_special_form.search(reading.typed) else 1 if not is_special_form else 2


def _parsed(parse: Callable[[str], bytes], word: str) -> bytes | None:
    try:
        return parse(word)
    except ValueError:  # and an UnicodeError for a byte that is not UTF-8
        return None


def _plain(word: str) -> bytes:
    return b"".join(_plain_parts(word))


def _plain_parts(word: str) -> Iterator[bytes]:
    end = 0
    for found in _ESCAPE.finditer(word):
        yield _encoded(word[end : found.start()])
        yield _unescaped(found.groups())
        end = found.end()
    yield _encoded(word[end:])


def _unescaped(groups: Sequence[str | None]) -> bytes:
    control, byte, *points = groups
    if control:
        return _CONTROLS[control]
    if byte:
        return bytes.fromhex(byte)
    point = int(next(point for point in points if point), 16)
    return chr(point).encode("utf-8", "surrogatepass")


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")  # a word may have any bytes
