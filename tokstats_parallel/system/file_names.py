"""File names: names that are not UTF-8, for libraries and formats that have no other.

The name of a file is any bytes. Python holds those bytes that are not UTF-8 as lone surrogates, which no encoder takes.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokstats_parallel.errors import escaped

_SURROGATE = re.compile("[\ud800-\udfff]")


def arrow_name(path: Path) -> bytes:
    """Returns the name by which Arrow opens a file; Arrow would encode a string as UTF-8."""
    return os.fsencode(path)


def is_utf8(text: str) -> bool:
    """Returns whether a text can be encoded as UTF-8."""
    return not _SURROGATE.search(text)


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
