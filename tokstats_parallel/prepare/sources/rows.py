"""Interface of all sources, chunks of rows, and positions of rows.

A source is a list of files. A file has blocks, such as row groups or byte ranges, and a block has rows. Any block can
be read without the earlier ones, so that a position (file, block, row) is enough to resume reading. A chunk is a number
of consecutive rows of a block.
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
    """Position of a row in a source.

    Attributes:
        file: Name of the file.
        block: Index of the block in the file.
        row: Index of the row in the block.
    """

    file: str
    block: int
    row: int


@dataclass(frozen=True, slots=True)
class SourceRows:
    """Chunk: consecutive rows of one block.

    Attributes:
        texts: One string (large_string) for each row; null if the row is left out.
        reasons: Index in `texts` -> reason why the row is left out; a null without a reason was null in the source.
    """

    texts: pa.LargeStringArray
    reasons: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Returns the number of rows, left-out rows included."""
        return len(self.texts)

    def slice(self, start: int, stop: int | None = None) -> "SourceRows":
        """Returns the rows with the indices start .. stop (None: to the end); their texts are not copied."""
        stop = len(self) if stop is None else min(stop, len(self))
        inside = {row - start: reason for row, reason in self.reasons.items() if start <= row < stop}
        return SourceRows(self.texts.slice(start, max(stop - start, 0)), inside)

    def kept(self) -> pa.LargeStringArray:
        """Returns the texts of the rows that are not left out, without nulls."""
        return self.texts.drop_null() if self.texts.null_count else self.texts

    def left_out(self) -> dict[str, int]:
        """Returns reason -> number of left-out rows."""
        counts: dict[str, int] = {}
        for reason in self.reasons.values():
            counts[reason] = counts.get(reason, 0) + 1
        nulls = self.texts.null_count - len(self.reasons)
        return counts | {UNNAMED_REASON: nulls} if nulls else counts


class RowSource(Protocol):
    """Source of the rows of one language, at a pinned version: its rows never change."""

    @property
    def version(self) -> str:
        """Pinned version: a commit, or a hash of the files' names, sizes and times; equal versions have equal rows."""

    @property
    def files(self) -> Sequence[str]:
        """Names of the source's files, in reading order."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """Reason -> number of files or folders that were left out before any row was read."""

    def blocks(self, file: str) -> int:
        """Returns the number of blocks of `file`."""

    def read(self, file: str, block: int) -> Iterator[SourceRows]:
        """Yields all rows of one block, in chunks of bounded size; a block may be read any number of times."""


def text_size(texts: pa.LargeStringArray) -> int:
    """Returns the total length of the texts in UTF-8, in bytes."""
    return pc.sum(pc.binary_length(texts)).as_py() or 0


def rows_within(texts: pa.LargeStringArray, *, rows: int, text_bytes: int) -> int:
    """Returns how many of the first rows hold `rows` texts, or at least `text_bytes` bytes; nulls do not count.

    The row that reaches a limit is included, so the number is at least 1 if `texts` is not empty.
    """
    present = np.cumsum(texts.is_valid().to_numpy(zero_copy_only=False))
    volume = np.cumsum(pc.binary_length(texts).fill_null(0).to_numpy(zero_copy_only=False))
    ends = min(int(np.searchsorted(present, rows)), int(np.searchsorted(volume, text_bytes)))
    return min(ends + 1, len(texts))
