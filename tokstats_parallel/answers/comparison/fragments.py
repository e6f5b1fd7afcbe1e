"""Fragments: folds the tokens that are parts of one word into one line.

Starts lie four apart, so a frequent long word puts many of its substrings into every vocabulary: a list of tokens would
name one word ten times.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

LEAST_OVERLAP = 3
"""Least number of bytes that two fragments share where neither holds the other; also two thirds of the shorter one."""
SIMILAR = 0.75
"""Least ratio of the counts of two fragments of one word."""


@dataclass(slots=True)
class Line:
    """Line of a list of tokens: tokens that are fragments of one word.

    Attributes:
        tokens: Indices of the tokens; the first is the strongest.
        word: Bytes of the word, as far as its fragments show it.
        count: Count of the first token.
    """

    word: bytes
    count: int
    tokens: list[int] = field(default_factory=list)


def fold(candidates: Iterable[int], raw: Callable[[int], bytes], count: Callable[[int], int], most: int) -> list[Line]:
    """Folds tokens into at most `most` lines.

    A token joins the first line with a similar count whose word holds it, is held by it, or begins or ends as the token
    ends or begins, by `LEAST_OVERLAP` bytes and two thirds of the shorter one. Else it makes a new line.

    Args:
        candidates: Indices of tokens, the strongest first.
        raw: Returns the bytes of a token.
        count: Returns the count of a token.
        most: Largest number of lines; further tokens only join these.
    """
    lines: list[Line] = []
    index = _WordIndex()
    for candidate in candidates:
        token, number = raw(candidate), count(candidate)
        for place in index.near(token):
            line = lines[place]
            similar = min(number, line.count) >= SIMILAR * max(number, line.count)
            word = joined(line.word, token) if similar else None
            if word is not None:
                line.tokens.append(candidate)
                if word != line.word:
                    line.word = word
                    index.add(word, place)
                break
        else:
            if len(lines) < most:
                index.add(token, len(lines))
                lines.append(Line(token, number, [candidate]))
    return lines


class _WordIndex:
    """Index of the lines' words by their parts, so that a token is tried with the few words that may join it."""

    def __init__(self) -> None:
        self._by_part: dict[bytes, set[int]] = {}
        self._short: dict[bytes, set[int]] = {}

    def add(self, word: bytes, place: int) -> None:
        """Adds the word of the line at a place; a word that has grown stays known by its former parts."""
        for size in (LEAST_OVERLAP - 1, LEAST_OVERLAP):
            for part in _parts(word, size):
                self._by_part.setdefault(part, set()).add(place)
        if len(word) < LEAST_OVERLAP:
            self._short.setdefault(word, set()).add(place)

    def near(self, token: bytes) -> list[int]:
        """Returns the places of the lines whose words share `LEAST_OVERLAP` bytes with a token, or hold one another."""
        if len(token) < LEAST_OVERLAP:
            return sorted(self._by_part.get(token, ()))
        found = set[int]()
        for part in _parts(token, LEAST_OVERLAP):
            found |= self._by_part.get(part, set())
        for part in _parts(token, LEAST_OVERLAP - 1):
            found |= self._short.get(part, set())
        return sorted(found)


def _parts(word: bytes, size: int) -> set[bytes]:
    return {word[start : start + size] for start in range(len(word) - size + 1)}


def joined(one: bytes, other: bytes) -> bytes | None:
    """Returns the shortest bytes of which both are fragments by the rule of `fold`; None if they are of two words."""
    long, short = (one, other) if len(one) >= len(other) else (other, one)
    if short in long:
        return long
    for shared in range(len(short) - 1, max(LEAST_OVERLAP, -(-2 * len(short) // 3)) - 1, -1):
        if long.endswith(short[:shared]):
            return long + short[shared:]
        if short.endswith(long[:shared]):
            return short + long[shared:]
    return None
