"""From a source's rows to blocks of Arrow text: checked, cut anew, counted and hashed, in one pass.

A block is a `large_string` array of at most `BLOCK_BYTES`, or of one longer row, whatever the batches of the
source. A row that is null or not UTF-8 stops the pass. Cost: the memory of a few blocks, and about 0.7 ns a
byte on top of the reading, most of it for the hash.
"""

import hashlib
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from tokstats_parallel.corpus.readers import TEXT, Batch
from tokstats_parallel.corpus.sources import Source
from tokstats_parallel.errors import CorpusError, reason

BLOCK_BYTES = 4 << 20  # of text and offsets; a block stays in the processor's caches from check to write

Progress = Callable[[str, int, int], None]  # (language, rows done, rows in all)

_SLICE_ROWS = 1024  # of a dictionary or view, whose rows grow when they are written out
_FINGERPRINT_DOMAIN = b"tokstats-parallel rows 1\n"


class Fingerprint:
    """A hash of rows, in order, that does not depend on how they are cut into blocks."""

    def __init__(self) -> None:
        """Begins with no rows."""
        self._text = hashlib.sha256()
        self._lengths = hashlib.sha256()

    def add(self, block: pa.Array) -> int:
        """Takes the rows of a `large_string` array in and returns their size in bytes."""
        offsets, data = chunk(block)
        bounds = np.frombuffer(offsets, dtype=np.int64)
        first, last = int(bounds[0]), int(bounds[-1])
        self._text.update(data[first:last])
        self._lengths.update(np.diff(bounds).astype("<i8").data)
        return last - first

    def hexdigest(self) -> str:
        """The hash of all rows so far."""
        return hashlib.sha256(_FINGERPRINT_DOMAIN + self._text.digest() + self._lengths.digest()).hexdigest()


class Conversion:
    """One pass over a source, by iteration; its results are those of the blocks given out so far.

    Attributes:
        rows: the number of rows.
        text_bytes: the size of their text.
    """

    def __init__(self, source: Source, on_progress: Progress | None = None) -> None:
        """Prepares a pass over `source`; nothing is read before the first block is asked for."""
        self.source = source
        self.rows = 0
        self.text_bytes = 0
        self._on_progress = on_progress
        self._fingerprint = Fingerprint()

    def __iter__(self) -> Iterator[pa.Array]:
        """The blocks.

        Raises:
            CorpusError: a file cannot be read, a row is no text, or the source changed meanwhile.
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
        """The fingerprint of the rows' content, 64 hexadecimal digits."""
        return self._fingerprint.hexdigest()


def chunk(block: pa.Array) -> tuple[pa.Buffer, pa.Buffer]:
    """The offsets (int64, one more than rows) and the UTF-8 data of a `large_string` array, not copied."""
    _, offsets, data = block.buffers()
    width = 8
    return offsets.slice(block.offset * width, (len(block) + 1) * width), data or pa.py_buffer(b"")


def blocks(arrays: Iterator[pa.Array]) -> Iterator[pa.Array]:
    """The rows of `large_string` arrays, cut into blocks as large as allowed."""
    pending: list[pa.Array] = []
    size = 0
    for array in arrays:
        for piece in _pieces(array):
            if pending and size + piece.nbytes > BLOCK_BYTES:
                yield pa.concat_arrays(pending)
                pending, size = [], 0
            pending.append(piece)
            size += piece.nbytes
    if pending:
        yield pa.concat_arrays(pending)


def checked(batch: Batch) -> Iterator[pa.Array]:
    """The rows of a batch as `large_string` arrays.

    Raises:
        CorpusError: a row is null or not UTF-8, or the batch is damaged.
    """
    first_row = batch.first_row
    try:
        for rows in _written_out(batch.values):
            _check_text(rows, batch.label, first_row)
            yield rows
            first_row += len(rows)
    except pa.ArrowException as error:
        raise CorpusError(
            f"{batch.label}: is damaged after row {first_row} ({reason(error)}); copy or make the file again"
        ) from error


def _written_out(values: pa.Array) -> Iterator[pa.Array]:
    """Strings of any layout as `large_string`; what grows by that is given out in small slices."""
    kind = values.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        yield _sound(values)
        return
    entries = _sound(values.dictionary) if pa.types.is_dictionary(kind) else None
    for start in range(0, len(values), _SLICE_ROWS):
        part = values.slice(start, _SLICE_ROWS)
        yield _sound(part) if entries is None else entries.take(part.indices)


def _sound(values: pa.Array) -> pa.Array:
    """Strings as `large_string`, with offsets that can be trusted; their text is not looked at."""
    if pa.types.is_string_view(values.type):
        values.cast(pa.binary_view()).validate(full=True)
    else:
        values.validate()
    strings = values.cast(pa.large_string())
    strings.cast(pa.large_binary()).validate(full=True)
    return strings


def _check_text(rows: pa.Array, label: str, first_row: int) -> None:
    """Raises CorpusError for the first row, if any, that is null or not UTF-8."""
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


def _pieces(array: pa.Array) -> Iterator[pa.Array]:
    """Slices of at most a block, or of one longer row."""
    if array.nbytes <= BLOCK_BYTES:
        yield array
        return
    bounds = np.frombuffer(chunk(array)[0], dtype=np.int64)
    # Where each row ends, in bytes of text and offsets from the array's beginning.
    ends = bounds - bounds[0] + bounds.itemsize * np.arange(1, len(bounds) + 1)
    start = 0
    while start < len(array):
        stop = int(np.searchsorted(ends, ends[start] + BLOCK_BYTES - bounds.itemsize, side="right")) - 1
        stop = max(stop, start + 1)
        yield array.slice(start, stop - start)
        start = stop
