"""Rows of a source: the interface of all sources, consecutive rows, and positions.

A source is a list of files, each a number of blocks (row groups, or pieces of a text file), each a number of
rows. Blocks can be read in any order, so that a position (file, block, row) is enough to resume reading.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

UNNAMED_REASON = "null"


@dataclass(frozen=True, slots=True)
class Position:
    """Position of a row: a file of the source, a block of the file, a row of the block."""

    file: str
    block: int
    row: int


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Consecutive rows of one block.

    Attributes:
        texts: One entry (large_string) for each row of the source; null where the row is left out.
        reasons: Index in `texts` -> reason why the row is left out; any other null was null in the source.
    """

    texts: pa.LargeStringArray
    reasons: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of rows, left-out ones included."""
        return len(self.texts)

    def slice(self, start: int, stop: int | None = None) -> "SourceRows":
        """The rows start .. stop; they share the memory of the texts."""
        stop = len(self) if stop is None else min(stop, len(self))
        inside = {row - start: reason for row, reason in self.reasons.items() if start <= row < stop}
        return SourceRows(self.texts.slice(start, max(stop - start, 0)), inside)

    def kept(self) -> pa.LargeStringArray:
        """The texts of the rows that are not left out."""
        return self.texts.drop_null() if self.texts.null_count else self.texts

    def left_out(self) -> dict[str, int]:
        """Reason -> number of rows."""
        counts: dict[str, int] = {}
        for reason in self.reasons.values():
            counts[reason] = counts.get(reason, 0) + 1
        nulls = self.texts.null_count - len(self.reasons)
        return counts | {UNNAMED_REASON: nulls} if nulls else counts


class RowSource(Protocol):
    """The rows of one language, at a version that does not change."""

    @property
    def version(self) -> str:
        """Pinned version: a commit, or a fingerprint of the files; the same version has the same rows."""

    @property
    def files(self) -> Sequence[str]:
        """Names of the files, in reading order."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """Reason -> number of files or folders left out before any row was read."""

    def blocks(self, file: str) -> int:
        """Number of blocks of `file`."""

    def read(self, file: str, block: int) -> Iterator[SourceRows]:
        """Yields all rows of one block, in chunks of bounded size; may be called again for the same block."""


def text_size(texts: pa.LargeStringArray) -> int:
    """Total UTF-8 length of the texts, in bytes."""
    return pc.sum(pc.binary_length(texts)).as_py() or 0


def rows_within(texts: pa.LargeStringArray, *, rows: int, text_bytes: int) -> int:
    """Number of rows to take until there are `rows` texts or at least `text_bytes` bytes; nulls count for neither.

    The row that reaches a limit is taken, so the answer is at least 1 where a limit is above 0.
    """
    present = np.cumsum(texts.is_valid().to_numpy(zero_copy_only=False))
    volume = np.cumsum(pc.binary_length(texts).fill_null(0).to_numpy(zero_copy_only=False))
    ends = min(int(np.searchsorted(present, rows)), int(np.searchsorted(volume, text_bytes)))
    return min(ends + 1, len(texts))
