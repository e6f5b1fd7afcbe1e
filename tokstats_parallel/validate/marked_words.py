r"""Words with combining marks: the share of pretokens that no sampled token can be.

The sampler splits texts at `\p{L}+` (SPEC 2, "Scores"), so no substring has a letter and a combining mark. The text
that a model is trained on is split at `[\p{L}\p{M}]+` (SPEC 2, "A batch's tokenizer"), so its words have both.

Characters are replaced by the letter of their class, and the classes are split by a pattern of Python's `re`, because
`re` knows no Unicode categories.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import category

from tokstats_parallel.validate.check import Check, warning
from tokstats_parallel.validate.data import LanguageData
from tokstats_parallel.validate.sample import Sample

NOTABLE_SHARE = 0.01
"""Share of pretokens with a letter and a mark from which on the user is told of them."""
_CHARACTERS = 500_000  # of a sample, which takes a tenth of a second at most
_MARK, _SPACE, _OTHER = "M", "\n", "O"  # classes; the others are L, a letter, and N, a number
_WHITE_SPACE = {*range(9, 14), 0x20, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}
_KEPT = frozenset(map(ord, " 'stremvld"))  # characters that stand for themselves: a space, and those of contractions
_LETTERS = "Lstremvld"
_PRETOKEN = re.compile(rf"'s|'t|'re|'ve|'m|'ll|'d| ?[{_LETTERS}M]+| ?N+| ?[O'M]+|[ \n]+(?![^ \n])|[ \n]+")


@dataclass(frozen=True, slots=True)
class MarkedWords:
    """Numbers of pretokens in texts, by the training's split.

    Attributes:
        pretokens: Number of all pretokens.
        marked: Number of pretokens that hold a letter and a mark.
    """

    pretokens: int
    marked: int

    @property
    def share(self) -> float:
        """Share of the pretokens that hold a letter and a mark."""
        return self.marked / max(1, self.pretokens)


class _Classes(dict[int, str]):
    """Code point -> character that stands for its class; computed when it is first asked for."""

    def __missing__(self, point: int) -> str:
        kind = category(chr(point))[0]
        if point in _KEPT:
            found = chr(point)
        elif point in _WHITE_SPACE:
            found = _SPACE
        else:
            found = kind if kind in "LMN" else _OTHER
        self[point] = found
        return found


_CLASSES = _Classes()


def check_words(data: LanguageData) -> Check | None:
    """Warns that many words of a language have combining marks; returns None if few or no words have."""
    texts = list(_spread(data.sample))
    if not any(category(character)[0] == _MARK for text in texts if not text.isascii() for character in set(text)):
        return None
    words = count_marked_words(texts)
    if words.share < NOTABLE_SHARE:
        return None
    detail = (
        f"{words.share:.1%} of {words.pretokens:,} words and other pretokens hold a letter and a combining mark; the "
        "sampler splits at marks, so no token can be such a word"
    )
    return warning(f"words of {data.language}", detail, 'see "Words with combining marks" in README.md for the reason')


def _spread(sample: Sample) -> Iterator[str]:
    """Yields text from all over a sample, of `_CHARACTERS` at most."""
    share = _CHARACTERS // max(1, len(sample.arrays))
    for array in sample.arrays:
        left = share
        for value in array:
            if left <= 0:
                break
            text = value.as_py()[:left]
            left -= len(text)
            yield text


def count_marked_words(texts: Iterable[str]) -> MarkedWords:
    """Counts the pretokens of texts, and those that hold a letter and a mark; each text is split by itself."""
    pretokens = marked = 0
    for text in texts:
        classes = f" {text}".translate(_CLASSES)
        found = _PRETOKEN.findall(classes)
        pretokens += len(found)
        if _MARK in classes:
            marked += sum(_MARK in pretoken and not pretoken.isdisjoint(_LETTERS) for pretoken in map(set, found))
    return MarkedWords(pretokens, marked)
