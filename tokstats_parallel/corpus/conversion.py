"""Conversion: the rows of a source, checked, counted, hashed and regrouped into blocks, in one pass.

A block is a `large_string` array of at most `BLOCK_BYTES`, or of one longer row, independent of the source's batches. A
row that is null or not UTF-8 stops the pass. Cost: the memory of a few blocks, and about 0.7 ns a byte in addition to
the reading, most of it for the hash.
"""

import hashlib
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from tokstats_parallel.corpus.arrow_text import text_buffers
from tokstats_parallel.corpus.language_files import LanguageSource
from tokstats_parallel.corpus.readers import TEXT, RowBatch
from tokstats_parallel.errors import CorpusError, reason

BLOCK_BYTES = 4 << 20  # of text and offsets; small enough to stay in the processor's caches from check to write

Progress = Callable[[str, int, int], None]
"""Called with (language, rows done, rows in all)."""

_SLICE_ROWS = 1024  # of a dictionary or view, whose rows take more memory as plain strings
_FINGERPRINT_DOMAIN = b"tokstats-parallel rows 1\n"


class Fingerprint:
    """A hash of rows in their order, which does not depend on the blocks that they come in."""

    def __init__(self) -> None:
        """Starts with no rows."""
        self._text = hashlib.sha256()
        self._lengths = hashlib.sha256()

    def add(self, block: pa.Array) -> int:
        """Adds the rows of a `large_string` array and returns the size of their text in bytes."""
        offsets, data = text_buffers(block)
        bounds = np.frombuffer(offsets, dtype=np.int64)
        first, last = int(bounds[0]), int(bounds[-1])
        self._text.update(data[first:last])
        self._lengths.update(np.diff(bounds).astype("<i8").data)
        return last - first

    def hexdigest(self) -> str:
        """The hash of all rows so far."""
        return hashlib.sha256(_FINGERPRINT_DOMAIN + self._text.digest() + self._lengths.digest()).hexdigest()


class Conversion:
    """One pass over a source, by iteration; its numbers cover the blocks yielded so far.

    Attributes:
        source: The source.
        rows: The number of rows.
        text_bytes: The size of their text in bytes.
    """

    def __init__(self, source: LanguageSource, on_progress: Progress | None = None) -> None:
        """Prepares a pass over `source`; nothing is read before the first block is requested."""
        self.source = source
        self.rows = 0
        self.text_bytes = 0
        self._on_progress = on_progress
        self._fingerprint = Fingerprint()

    def __iter__(self) -> Iterator[pa.Array]:
        """Reads the source and yields its blocks.

        Raises:
            CorpusError: A file cannot be read, a row is not text, or the source changed meanwhile.
        """
        total = self.source.count_rows()
        for block in blocks(values for batch in self.source.batches() for values in checked(batch)):
            self.text_bytes += self._fingerprint.add(block)
            self.rows += len(block)
            if self._on_progress:
                self._on_progress(self.source.language, self.rows, total)
            yield block
        if self.source.has_changed():
            raise CorpusError(
                f"{self.source.path.name}: changed while it was read; run again when nothing writes to it"
            )
        if self.rows != total:
            raise CorpusError(
                f"{self.source.path.name}: holds {self.rows} rows where its metadata say {total}; "
                "copy or make the file again"
            )

    def fingerprint(self) -> str:
        """The hash of the rows' content, 64 hexadecimal digits."""
        return self._fingerprint.hexdigest()


def blocks(arrays: Iterator[pa.Array]) -> Iterator[pa.Array]:
    """Regroups the rows of `large_string` arrays into blocks as large as allowed."""
    pending: list[pa.Array] = []
    size = 0
    for array in arrays:
        for part in _parts(array):
            if pending and size + part.nbytes > BLOCK_BYTES:
                yield pa.concat_arrays(pending)
                pending, size = [], 0
            pending.append(part)
            size += part.nbytes
    if pending:
        yield pa.concat_arrays(pending)


def checked(batch: RowBatch) -> Iterator[pa.Array]:
    """Checks the rows of a batch and yields them as `large_string` arrays.

    Raises:
        CorpusError: A row is null or not UTF-8, or the batch is damaged.
    """
    first_row = batch.first_row
    try:
        for rows in _as_large_strings(batch.values):
            _check_text(rows, batch.label, first_row)
            yield rows
            first_row += len(rows)
    except pa.ArrowException as error:
        raise CorpusError(
            f"{batch.label}: is damaged after row {first_row} ({reason(error)}); copy or make the file again"
        ) from error


def _as_large_strings(values: pa.Array) -> Iterator[pa.Array]:
    """Converts strings of any layout to `large_string`; layouts that grow by this come in small slices."""
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield _sound(values)
        return
    entries = _sound(values.dictionary) if pa.types.is_dictionary(kind) else None
    for start in range(0, len(values), _SLICE_ROWS):
        part = values.slice(start, _SLICE_ROWS)
        yield _sound(part) if entries is None else entries.take(part.indices)


def _sound(values: pa.Array) -> pa.Array:
    """Converts strings to `large_string` and checks their offsets, but not their text."""
    if pa.types.is_string_view(values.type):
        values.cast(pa.binary_view()).validate(full=True)
    else:
        values.validate()
    strings = values.cast(pa.large_string())
    strings.cast(pa.large_binary()).validate(full=True)
    return strings


def _check_text(rows: pa.Array, label: str, first_row: int) -> None:
    """Raises a CorpusError about the first row that is null or not UTF-8, if there is one."""
    if rows.null_count:
        row = rows.is_null().index(True).as_py()
        raise CorpusError(
            f"{label}: row {first_row + row} of column {TEXT!r} is null; "
            "leave that row out or fill it (rows count from 0)"
        )
    try:
        rows.validate(full=True)
    except pa.ArrowInvalid as error:
        values = (value.as_py() for value in rows.cast(pa.large_binary()))
        row = next(row for row, value in enumerate(values) if not _is_utf8(value))
        raise CorpusError(
            f"{label}: row {first_row + row} of column {TEXT!r} is not UTF-8; "
            "write that row again or leave it out (rows count from 0)"
        ) from error


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parts(array: pa.Array) -> Iterator[pa.Array]:
    """Slices an array into parts of at most one block, or of one longer row."""
    if array.nbytes <= BLOCK_BYTES:
        yield array
        return
    bounds = np.frombuffer(text_buffers(array)[0], dtype=np.int64)
    # The end of each row, in bytes of text and offsets from the array's beginning.
    ends = bounds - bounds[0] + bounds.itemsize * np.arange(1, len(bounds) + 1)
    start = 0
    while start < len(array):
        stop = int(np.searchsorted(ends, ends[start] + BLOCK_BYTES - bounds.itemsize, side="right")) - 1
        stop = max(stop, start + 1)
        yield array.slice(start, stop - start)
        start = stop
