"""Tokens in base64: reads tiktoken files, a token and its rank in each line, and `tekken.json`."""

import base64
import re
from collections.abc import Iterable, Mapping
from typing import Any

from tokstats_parallel.answers.pieces.readings import Reading, TokenizerPieces

_LINE = re.compile(rb"([A-Za-z0-9+/]+=*) (\d{1,18})")
_READING = Reading("bytes in base64", lambda token: base64.b64decode(token, validate=True))


def is_tiktoken(head: bytes) -> bool:
    """Returns whether a file with these first bytes is a tiktoken file."""
    return _LINE.fullmatch(head.split(b"\n", 1)[0].rstrip(b"\r")) is not None


def tiktoken_pieces(name: str, content: bytes) -> TokenizerPieces:
    """Returns the pieces of a tiktoken file with the bytes `content`; it has no special tokens.

    Raises:
        ValueError: A line is no token in base64 with its rank.
    """
    lines = enumerate(content.splitlines(), 1)
    return TokenizerPieces.read(name, _READING, [_piece(number, line) for number, line in lines if line])


def tekken_pieces(name: str, content: Mapping[str, Any]) -> TokenizerPieces:
    """Returns the pieces of the JSON object of a `tekken.json`, so many as its default vocabulary has.

    Raises:
        ValueError: The object has another form.
    """
    try:
        config = content["config"]
        special = config["default_num_special_tokens"]
        used = config["default_vocab_size"] - special
        pieces = [(entry["rank"], entry["token_bytes"]) for entry in content["vocab"]]
    except (KeyError, TypeError) as error:
        raise ValueError(f"it lacks a part of a tekken.json ({error})") from error
    # The first ids are those of the special tokens.
    return TokenizerPieces.read(name, _READING, _shifted(pieces, used, special), apart=special)


def _piece(number: int, line: bytes) -> tuple[int, str]:
    form = _LINE.fullmatch(line)
    if form is None:
        raise ValueError(f"line {number} is no token in base64 with its rank")
    return int(form[2]), form[1].decode()


def _shifted(pieces: Iterable[tuple[int, str]], used: int, special: int) -> Iterable[tuple[int, str]]:
    return ((rank + special, token) for rank, token in pieces if rank < used)
