"""Readers of the column `text` of one file, in small batches: Parquet, or Arrow as stream or file.

Memory is bounded by the file's own units: a few pages of Parquet, one record batch of Arrow. Files are read, not
mapped, so rows that have been passed on do not stay in the process's memory.
"""

from __future__ import annotations

import struct
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from tokstats_parallel.errors import CorpusError, reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow.parquet as pq

TEXT = "text"

_BUFFER_BYTES = 1 << 20  # of the Parquet reader, for a column chunk
_BATCH_BYTES = 1 << 20  # of a batch of Parquet rows, by their average size
_MIN_BATCH_ROWS = 32
_MAX_BATCH_ROWS = 1024  # so that rows far above the average, as in a file sorted by length, fit into memory
_ARROW_FILE_MAGIC = b"ARROW1"
_STREAM_END = struct.pack("<Ii", 0xFFFFFFFF, 0)
_NAMES_SHOWN = 10


class RowBatch(NamedTuple):
    """Consecutive rows of one file.

    Attributes:
        label: The file's name in messages.
        first_row: The index of the first row in the file.
        values: The values of the column `text`.
    """

    label: str
    first_row: int
    values: pa.Array


@contextmanager
def readable(label: str) -> Iterator[None]:
    """Turns the libraries' errors about a file into a CorpusError with its label."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CorpusError(f"{label}: cannot be read ({reason(error)}); copy or make the file again") from error


def is_text(kind: pa.DataType) -> bool:
    """Tells whether values of this Arrow type are strings, in any layout."""
    if pa.types.is_dictionary(kind):
        return is_text(kind.value_type)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def check_column(schema: pa.Schema, label: str) -> None:
    """Checks that a schema has exactly one column `text`, of strings (or only of nulls).

    Raises:
        CorpusError: It does not.
    """
    names = schema.names
    if names.count(TEXT) != 1:
        shown = ", ".join(names[:_NAMES_SHOWN]) + (", ..." if len(names) > _NAMES_SHOWN else "")
        raise CorpusError(
            f"{label}: needs one column {TEXT!r} (columns found: {shown or 'none'}); "
            f"rename the column that holds the text to {TEXT!r}"
        )
    kind = schema.field(TEXT).type
    if not is_text(kind) and not pa.types.is_null(kind):
        raise CorpusError(
            f"{label}: row 0 of column {TEXT!r} is not a string (found {kind}); write the column as strings"
        )


def open_parquet(path: Path) -> pq.ParquetFile:
    """Opens a Parquet file, to be read a few pages at a time."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - 10 MB, which a worker on a cached corpus does without

    return ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER_BYTES, page_checksum_verification=True)


@dataclass(frozen=True, slots=True)
class ParquetReader:
    """A Parquet file of any row groups, encoding and compression.

    Attributes:
        path: The file's path.
        label: Its name in messages.
    """

    path: Path
    label: str

    def count_rows(self) -> int:
        """Counts the rows, from the file's footer.

        Raises:
            CorpusError: The file cannot be read.
        """
        with readable(self.label), open_parquet(self.path) as file:
            return int(file.metadata.num_rows)

    def batches(self) -> Iterator[RowBatch]:
        """Reads the rows in order.

        Raises:
            CorpusError: The file cannot be read, or has no column of strings named `text`.
        """
        with readable(self.label), open_parquet(self.path) as file:
            check_column(file.schema_arrow, self.label)
            first_row = 0
            for group in range(file.num_row_groups):
                rows = _batch_rows(file.metadata.row_group(group))
                for batch in file.iter_batches(rows, row_groups=[group], columns=[TEXT], use_threads=False):
                    yield RowBatch(self.label, first_row, batch.column(0))
                    first_row += batch.num_rows


@dataclass(frozen=True, slots=True)
class ArrowReader:
    """An Arrow IPC file or stream, such as the shards of a saved dataset.

    Attributes:
        path: The file's path.
        label: Its name in messages.
    """

    path: Path
    label: str

    def count_rows(self) -> int:
        """Counts the rows, from the headers of the record batches.

        Raises:
            CorpusError: The file cannot be read.
        """
        # Mapped, so that the text between the headers is not read.
        with readable(self.label), pa.memory_map(str(self.path)) as raw:
            return sum(batch.num_rows for batch in self.record_batches(raw))

    def batches(self) -> Iterator[RowBatch]:
        """Reads the rows in order.

        Raises:
            CorpusError: The file cannot be read, or has no column of strings named `text`.
        """
        with readable(self.label), pa.OSFile(str(self.path)) as raw:
            first_row = 0
            for batch in self.record_batches(raw):
                yield RowBatch(self.label, first_row, batch.column(TEXT))
                first_row += batch.num_rows

    def record_batches(self, raw: pa.NativeFile) -> Iterator[pa.RecordBatch]:
        """Reads the record batches of the opened file.

        Raises:
            CorpusError: The file is truncated, or has no column of strings named `text`.
        """
        if raw.read(len(_ARROW_FILE_MAGIC)) == _ARROW_FILE_MAGIC:
            file = pa.ipc.open_file(raw)
            check_column(file.schema, self.label)
            yield from (file.get_batch(index) for index in range(file.num_record_batches))
            return
        self._check_end(raw)
        stream = pa.ipc.open_stream(raw)
        check_column(stream.schema, self.label)
        yield from stream

    def _check_end(self, raw: pa.NativeFile) -> None:
        """Refuses a stream that is truncated between two batches, which Arrow itself takes for a whole one."""
        raw.seek(max(0, raw.size() - len(_STREAM_END)))
        if raw.read() != _STREAM_END:
            raise CorpusError(f"{self.label}: is cut off (no end mark); copy the file or save the dataset again")
        raw.seek(0)


Reader = ParquetReader | ArrowReader


def _batch_rows(row_group: pq.RowGroupMetaData) -> int:
    """The number of rows of a batch for a row group with this metadata."""
    # The size of all columns, though only one is read: if the footer is damaged, pyarrow 26 can abort the process when
    # it is asked for the size of one column.
    average = row_group.total_byte_size // max(row_group.num_rows, 1) + 1
    return int(min(max(_BATCH_BYTES // average, _MIN_BATCH_ROWS), _MAX_BATCH_ROWS))
