"""Combining marks: counts the pieces in which a letter and a mark are joined, which the sampler's split never joins.

The pattern that splits texts for the sampling counts marks (Unicode category M) among the signs, so no pretoken has a
letter and a mark. Scripts such as Devanagari write most of their vowels as marks.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Script:
    """Pieces of one script.

    Attributes:
        name: First word of the Unicode names of its letters, such as `Devanagari`.
        pieces: Number of pieces whose first letter is of this script.
        joined: Number of those in which a letter and a combining mark are joined.
        sampled: Number of those that some vocabulary held.
    """

    name: str
    pieces: int
    joined: int
    sampled: int

    def to_json(self) -> dict[str, object]:
        """Returns the numbers for JSON."""
        return {"script": self.name, "pieces": self.pieces, "joined": self.joined, "sampled": self.sampled}


def scripts_with_marks(pieces: Iterable[tuple[bytes, bool]]) -> list[Script]:
    """Returns the scripts that have pieces in which a letter and a mark are joined, by falling number of these.

    Args:
        pieces: Bytes of each piece, and whether some vocabulary held it.
    """
    found: Counter[str] = Counter()
    joined: Counter[str] = Counter()
    sampled: Counter[str] = Counter()
    for raw, is_sampled in pieces:
        if raw.isascii():
            continue
        text = raw.decode("utf-8", "ignore")
        if name := _script(text):
            found[name] += 1
            joined[name] += _joins_mark(text)
            sampled[name] += is_sampled
    scripts = [Script(name, found[name], number, sampled[name]) for name, number in joined.items() if number]
    return sorted(scripts, key=lambda script: (-script.joined, script.name))


def _script(text: str) -> str | None:
    """Returns the script of the first letter in a text; None if there is no letter."""
    letter = next((character for character in text if unicodedata.category(character)[0] == "L"), None)
    return unicodedata.name(letter, "unnamed").split()[0].capitalize() if letter else None


def _joins_mark(text: str) -> bool:
    """Returns whether a letter and a combining mark are neighbours in a text."""
    kinds = "".join(unicodedata.category(character)[0] for character in text)
    return "LM" in kinds or "ML" in kinds
