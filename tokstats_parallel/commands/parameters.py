"""Parameters: how the parser reads and shows options of all commands."""

import re
from collections.abc import Sequence
from typing import Any

from cyclopts import Parameter

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]+")


def whole_number(_type: type, words: Sequence[Any]) -> int:
    """Parses a whole number; raises ValueError for 2.7, because the parser would round it to 3."""
    word = words[0].value
    if not _WHOLE_NUMBER.fullmatch(word):
        raise ValueError(f"{word!r} is not a whole number")
    return int(word)


PLAIN = Parameter(negative=(), show_default=False)  # the parser would offer --no-quiet, which has no use
WHOLE = Parameter(converter=whole_number)
