"""Conversion: reads a source once, and checks, counts, hashes and regroups its rows into blocks.

A block is a `large_string` array of at most `BLOCK_BYTES`, or of one longer row. Blocks do not depend on the chunks in
which the source's rows come. A row that is null or not UTF-8 stops the conversion; rows of bytes are read if all of
them are UTF-8. Cost: the memory of a few blocks,
and about 0.7 ns a byte besides the reading, most of it for the hash.
"""

import hashlib
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa

from tokstats_parallel.corpus.arrow_text import text_buffers
from tokstats_parallel.corpus.language_files import LanguageSource
from tokstats_parallel.corpus.readers import RowChunk
from tokstats_parallel.corpus.text_column import TEXT, is_bytes
from tokstats_parallel.errors import CorpusError, machine_failure, not_readable_now, reason

BLOCK_BYTES = 4 << 20  # of text and offsets; a block stays in the processor's caches from the check to the write

Progress = Callable[[str, int, int], None]
"""Function that is called with the language, the number of rows converted so far, and the number of its rows."""

BYTES_READ = f"column {TEXT!r} holds bytes, not strings; they are read as UTF-8"

_STRINGS = pa.large_string()
_PLAIN_KINDS = (pa.string(), _STRINGS, pa.binary(), pa.large_binary())
_SLICE_ROWS = 1024  # of a dictionary or view array, because its rows take more memory as plain strings
_FINGERPRINT_DOMAIN = b"tokstats-parallel rows 1\n"


class Fingerprint:
    """Hash of a corpus's rows in their order; it does not depend on how the rows are divided into blocks."""

    def __init__(self) -> None:
        """Makes the hash of no rows."""
        self._text = hashlib.sha256()
        self._lengths = hashlib.sha256()

    def add(self, block: pa.Array) -> int:
        """Adds the rows of a `large_string` array to the hash, and returns the size of the rows' text in bytes."""
        offsets, data = text_buffers(block)
        bounds = np.frombuffer(offsets, dtype=np.int64)
        first, last = int(bounds[0]), int(bounds[-1])
        self._text.update(data[first:last])
        self._lengths.update(np.diff(bounds).astype("<i8").data)
        return last - first

    def hexdigest(self) -> str:
        """Returns the hash of all rows added so far, as 64 hexadecimal digits."""
        return hashlib.sha256(_FINGERPRINT_DOMAIN + self._text.digest() + self._lengths.digest()).hexdigest()


class Conversion:
    """Iterable that reads a source once and yields its rows in blocks.

    Attributes:
        source: Files with the rows of one language.
        rows: Number of rows in the blocks yielded so far.
        text_bytes: Size of these rows' text, in bytes.
        bytes_label: Name of the first file whose column `text` has bytes instead of strings; empty if there is none.
    """

    def __init__(self, source: LanguageSource, on_progress: Progress | None = None) -> None:
        """Takes the source to read, without reading it; `on_progress` will be called before each block is yielded."""
        self.source = source
        self.rows = 0
        self.text_bytes = 0
        self.bytes_label = ""
        self._on_progress = on_progress
        self._fingerprint = Fingerprint()

    def __iter__(self) -> Iterator[pa.Array]:
        """Reads the source and yields its rows in blocks.

        Raises:
            CorpusError: A file cannot be read, a row is null or not UTF-8, or a file changed while it was read.
        """
        total = self.source.count_rows()
        for block in blocks(values for chunk in self._chunks() for values in checked(chunk)):
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

    @property
    def notice(self) -> str:
        """Line for the user about rows of bytes that were read as UTF-8; empty if there were none."""
        return f"{self.bytes_label}: {BYTES_READ}" if self.bytes_label else ""

    def _chunks(self) -> Iterator[RowChunk]:
        for chunk in self.source.chunks():
            if not self.bytes_label and is_bytes(chunk.values.type):
                self.bytes_label = chunk.label
            yield chunk

    def fingerprint(self) -> str:
        """Returns the fingerprint of the rows yielded so far: their hash, as 64 hexadecimal digits."""
        return self._fingerprint.hexdigest()


def blocks(arrays: Iterator[pa.Array]) -> Iterator[pa.Array]:
    """Regroups the rows of `large_string` arrays into blocks of at most `BLOCK_BYTES`, as few as possible."""
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


def checked(chunk: RowChunk) -> Iterator[pa.Array]:
    """Checks the rows of a chunk and yields them as `large_string` arrays.

    Raises:
        CorpusError: A row is null or not UTF-8, or the chunk's Arrow array is damaged.
    """
    first_row = chunk.first_row
    try:
        for rows in _as_large_strings(chunk.values):
            _check_text(rows, chunk.label, first_row)
            yield rows
            first_row += len(rows)
    except (pa.ArrowException, MemoryError) as error:
        if failure := machine_failure(error):
            raise CorpusError(not_readable_now(chunk.label, failure)) from error
        raise CorpusError(
            f"{chunk.label}: is damaged after row {first_row} ({reason(error)}); copy or make the file again"
        ) from error


def _as_large_strings(values: pa.Array) -> Iterator[pa.Array]:
    """Converts an Arrow array of strings or bytes to `large_string` arrays.

    A dictionary or view array is converted in small slices, because its rows take more memory as plain strings.
    """
    kind = values.type
    if kind in _PLAIN_KINDS:
        yield _valid_large_strings(values)
        return
    entries = _valid_large_strings(values.dictionary) if pa.types.is_dictionary(kind) else None
    for start in range(0, len(values), _SLICE_ROWS):
        part = values.slice(start, _SLICE_ROWS)
        yield _valid_large_strings(part) if entries is None else entries.take(part.indices)


def _valid_large_strings(values: pa.Array) -> pa.Array:
    """Converts strings or bytes to `large_string`, and checks the array's offsets, but not whether it is UTF-8."""
    if pa.types.is_string_view(values.type) or pa.types.is_binary_view(values.type):
        values.cast(pa.binary_view()).validate(full=True)
    else:
        values.validate()
    # A cast from bytes to strings would check for UTF-8, and not say in which row it fails.
    strings = values.cast(pa.large_binary()).view(pa.large_string()) if is_bytes(values.type) else values.cast(_STRINGS)
    strings.cast(pa.large_binary()).validate(full=True)
    return strings


def _check_text(rows: pa.Array, label: str, first_row: int) -> None:
    """Raises a CorpusError about the first row that is null or not UTF-8, if `rows` has such a row."""
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
    """Slices a `large_string` array into parts of at most `BLOCK_BYTES`, or of one longer row."""
    if array.nbytes <= BLOCK_BYTES:
        yield array
        return
    bounds = np.frombuffer(text_buffers(array)[0], dtype=np.int64)
    # The end of each row: the bytes of text and offsets from the array's beginning.
    ends = bounds - bounds[0] + bounds.itemsize * np.arange(1, len(bounds) + 1)
    start = 0
    while start < len(array):
        stop = int(np.searchsorted(ends, ends[start] + BLOCK_BYTES - bounds.itemsize, side="right")) - 1
        stop = max(stop, start + 1)
        yield array.slice(start, stop - start)
        start = stop
