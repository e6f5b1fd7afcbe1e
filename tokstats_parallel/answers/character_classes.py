"""Character classes of the sampler's split, of whole characters and of parts of their UTF-8.

A pretoken has characters of one class, but for a space at its beginning (SPEC 2, "Scores"). A substring may begin and
end inside a character; such a part can be of several classes, those of all characters that have it. So a class is one
bit, and several classes are their sum. The classes are found by the core's own split, so they are of its Unicode.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native

LETTER, NUMBER, OTHER, WHITE_SPACE = 1, 2, 4, 8
_SURROGATES = range(0xD800, 0xE000)
_POINTS = 0x110000
_TWO_BYTES, _THREE_BYTES, _FOUR_BYTES = 0x80, 0x800, 0x10000  # first code points with so long an encoding
_BITS = 6  # of a code point in a continuation byte


@cache
def class_of_points() -> bytes:
    """Returns the class of each code point, one byte each; a surrogate has none, 0."""
    points = np.concatenate([np.arange(_SURROGATES.start), np.arange(_SURROGATES.stop, _POINTS)])
    runs = _native.split(points.astype("<u4").tobytes().decode("utf-32-le"))
    classes = np.zeros(_POINTS, "u1")
    classes[points] = np.repeat([_class_of(run[-1]) for run in runs], [len(run) for run in runs])
    classes[ord(" ")] = WHITE_SPACE  # it stands before a run of another class
    return classes.tobytes()


@cache
def classes_of_endings(length: int) -> bytes:
    """Returns the classes of the characters that end with `length` continuation bytes, 1 to 3.

    The index is the number that the low six bits of these bytes make, the first byte being the highest.
    """
    points = np.arange((_TWO_BYTES, _THREE_BYTES, _FOUR_BYTES)[length - 1], _POINTS)
    return _joined(points, points & (1 << _BITS * length) - 1, 1 << _BITS * length)


@cache
def classes_of_beginnings(missing: int, length: int) -> bytes:
    """Returns the classes of the characters whose encoding has `length` bytes, without the last `missing` of them.

    The index is the code point without the bits of the missing bytes.
    """
    bounds = (0, _TWO_BYTES, _THREE_BYTES, _FOUR_BYTES, _POINTS)
    points = np.arange(bounds[length - 1], bounds[length])
    return _joined(points, points >> _BITS * missing, (bounds[length] >> _BITS * missing) + 1)


def _joined(points: NDArray[np.int64], indices: NDArray[np.int64], size: int) -> bytes:
    """Returns for each index the classes of all code points with that index."""
    classes = np.frombuffer(class_of_points(), "u1")[points]
    joined = np.zeros(size, "u1")
    for one in (LETTER, NUMBER, OTHER, WHITE_SPACE):
        has = np.zeros(size, bool)
        has[indices[classes == one]] = True
        joined |= has * np.uint8(one)
    return joined.tobytes()


def _class_of(character: str) -> int:
    """Returns the class of a character, by what the core's split joins it with."""
    for neighbour, one in (("a", LETTER), ("1", NUMBER), ("#", OTHER)):
        if len(_native.split(neighbour + character)) == 1:
            return one
    return WHITE_SPACE
