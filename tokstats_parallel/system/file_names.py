"""File names: names that are not UTF-8, for libraries and formats that have no other.

The name of a file is any bytes. Python holds those bytes that are not UTF-8 as lone surrogates, which no encoder takes.
"""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokstats_parallel.errors import escaped

_ASCII_END = 128
_SURROGATE = re.compile("[\ud800-\udfff]")


def arrow_name(path: Path) -> bytes:
    """Returns the name by which Arrow opens a file; Arrow would encode a string as UTF-8."""
    return os.fsencode(path)


def is_utf8(text: str) -> bool:
    """Returns whether a text can be encoded as UTF-8."""
    return not _SURROGATE.search(text)


def shell_word(path: Path) -> str:
    """Returns a path as a word that can be pasted into any shell.

    Bytes that no terminal shows are written by `printf`, because shells agree on no other way to escape them.
    """
    text = str(path)
    if text.isprintable():
        return shlex.quote(text)
    letters = (
        chr(byte) if chr(byte).isalnum() and byte < _ASCII_END else f"\\{byte:03o}" for byte in os.fsencode(path)
    )
    return f"\"$(printf '{''.join(letters)}')\""


def json_values(value: Any) -> Any:  # noqa: ANN401 - whatever JSON has
    r"""Returns a value for JSON in which each byte of a name that is not UTF-8 is written as an escape, such as \xe9.

    JSON itself has an escape for a surrogate, but few programs read it.
    """
    if isinstance(value, str):
        return _SURROGATE.sub(lambda found: escaped(found[0]), value)
    if isinstance(value, Mapping):
        return {json_values(key): json_values(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_values(entry) for entry in value]
    return value
