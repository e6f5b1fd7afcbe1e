"""Text in drawings: estimates its width, shortens it, and moves labels apart."""

import unicodedata
from collections.abc import Sequence

SIZE = 14
"""Size of the letters, in units of the drawing, which are pixels on a wide screen."""
LARGE = 17
"""Size of the letters on a narrow screen, where a drawing is smaller; all text must have room for it."""
LINE = 19
"""Height of a line of text."""
_WIDTHS = {
    **dict.fromkeys("ijlI|!.,:;'`", 0.33),
    **dict.fromkeys("frt ()[]{}/-", 0.43),
    **dict.fromkeys("mwMW%@…", 0.95),
}
"""Widths of characters that are not about as wide as most, as parts of the size, in wide types for screens."""
_CAPITAL, _MOST, _FULL = 0.7, 0.61, 1.0
"""Widths of capitals, of most characters, and of Chinese, Japanese and Korean ones."""


def width(text: str) -> float:
    """Returns the width that a text takes at most, nearly always, in letters of the size `LARGE`."""
    return LARGE * sum(map(_width, text))


def _width(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return _FULL
    return _WIDTHS.get(character, _CAPITAL if character.isupper() else _MOST)


def shortened(text: str, most: int = 20) -> str:
    """Returns a text of at most `most` characters, which ends in `…` if any were left out."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def spread(places: Sequence[float], low: float, high: float, gap: float = LINE) -> list[float]:
    """Moves rising places apart until neighbours have `gap` between them, all from `low` to `high` if there is room."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + gap if moved else low))
    limit = high
    for index in range(len(moved) - 1, -1, -1):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - gap
    return moved
