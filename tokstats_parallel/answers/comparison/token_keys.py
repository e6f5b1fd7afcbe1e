"""Token keys: the bytes of sampled tokens as pairs of whole numbers, so that millions are compared at once.

A sampled token has at most 15 bytes. Its key has these bytes and their number, so equal keys mean equal tokens.
"""

from typing import TYPE_CHECKING, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST = 15
"""Largest number of bytes of a sampled token."""
_WORD = 8
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(_WORD + 1)], np.uint64)
_LENGTH_SHIFT = np.uint64(56)  # the last byte of the key is free for the length


class TokenKeys(NamedTuple):
    """Keys of tokens; both arrays have one number for each token.

    Attributes:
        low: First eight bytes of each token, in little-endian order; zeros behind its end.
        high: Next seven bytes, and the number of bytes.
    """

    low: NDArray[np.uint64]
    high: NDArray[np.uint64]

    @classmethod
    def empty(cls, size: int) -> Self:
        """Makes room for the keys of `size` tokens, to be filled."""
        return cls(np.empty(size, np.uint64), np.empty(size, np.uint64))

    def fill(self, tokens: "pa.LargeBinaryArray") -> None:
        """Writes the keys of an Arrow array of bytes with 64-bit offsets, which has as many tokens.

        Raises:
            ValueError: A token has more than 15 bytes.
        """
        if not len(tokens):
            return
        _, offsets, data = tokens.buffers()
        ends = np.frombuffer(offsets, "<i8")[tokens.offset : tokens.offset + len(tokens) + 1]
        starts, lengths = ends[:-1], np.diff(ends)
        if lengths.max() > LONGEST:
            raise ValueError(f"a sampled token has {lengths.max()} bytes, more than {LONGEST}")
        text = np.zeros(ends[-1] + 2 * _WORD, np.uint8)  # so that a word of eight bytes can be read at every byte
        text[: ends[-1]] = np.frombuffer(data or b"", np.uint8, count=ends[-1])
        words: NDArray[np.uint64] = np.ndarray(len(text) - _WORD + 1, "<u8", text, strides=(1,))
        self.low[:] = words[starts] & _MASKS[np.minimum(lengths, _WORD)]
        self.high[:] = words[starts + _WORD] & _MASKS[np.maximum(lengths - _WORD, 0)]
        self.high[:] |= lengths.astype(np.uint64) << _LENGTH_SHIFT

    @classmethod
    def of_bytes(cls, raw: bytes) -> Self:
        """Makes the key of one token."""
        both = raw.ljust(2 * _WORD - 1, b"\0") + bytes([len(raw)])
        return cls(*np.frombuffer(both, "<u8").reshape(2, 1))

    def taken(self, which: slice | NDArray[np.bool_] | NDArray[np.int64]) -> Self:
        """Returns the keys that a slice, an array of indices or an array of booleans chooses."""
        return type(self)(self.low[which], self.high[which])

    def followed_by(self, others: Self) -> Self:
        """Returns these keys and then other ones."""
        return type(self)(np.concatenate([self.low, others.low]), np.concatenate([self.high, others.high]))

    def order(self, before: NDArray[np.float64]) -> NDArray[np.intp]:
        """Returns the indices of the tokens sorted by another array, and by their bytes where that has equal values."""
        low, high = (half.byteswap() for half in self)
        return np.lexsort((high, low, before))

    def raw(self, index: int) -> bytes:
        """Returns the bytes of one token."""
        both = int(self.low[index]).to_bytes(_WORD, "little") + int(self.high[index]).to_bytes(_WORD, "little")
        return both[: both[-1]]
