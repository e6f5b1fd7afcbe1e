"""Readers of one file's column `text`, in small chunks of rows, from Parquet and from both Arrow IPC formats.

A reader's memory is bounded by the units of the file: a few pages of a Parquet file, or one record batch of an Arrow
file. Files are read, not mapped, so that rows which have been yielded do not stay in the process's memory. Arrow gets
paths as bytes, because a file's name need not be UTF-8.
"""

from __future__ import annotations

import struct
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import pyarrow as pa

from tokstats_parallel.corpus.text_column import TEXT, check_column
from tokstats_parallel.errors import CorpusError, machine_failure, not_readable_now, reason
from tokstats_parallel.system.file_kinds import ARROW, PARQUET, head_of, kind_of
from tokstats_parallel.system.file_names import arrow_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow.parquet as pq

_BUFFER_BYTES = 1 << 20  # buffer of the Parquet reader for one column of a row group
_CHUNK_BYTES = 1 << 20  # size of a chunk of Parquet rows, if all had the average size of their row group
_MIN_CHUNK_ROWS = 32
_MAX_CHUNK_ROWS = 1024  # so that a chunk fits into memory if its rows are far longer than the average
_ARROW_FILE_MAGIC = b"ARROW1"
_STREAM_END = struct.pack("<Ii", 0xFFFFFFFF, 0)
# Words of Arrow about an encrypted file; a file with a plain footer is encrypted in its columns.
_NO_KEY_WORDS = ("no decryption found", "FileDecryption is not setup")


class RowChunk(NamedTuple):
    """Chunk of consecutive rows of one file, unchecked.

    Attributes:
        label: Name of the file in messages.
        first_row: Index of the chunk's first row in the file, from 0.
        values: Values of the column `text` of these rows.
    """

    label: str
    first_row: int
    values: pa.Array


@contextmanager
def readable(reader: Reader) -> Iterator[None]:
    """Turns the libraries' errors about a reader's file into a CorpusError, which says what the file is instead."""
    try:
        yield
    except (pa.ArrowException, MemoryError, OSError, ValueError) as error:
        if failure := machine_failure(error):
            raise CorpusError(not_readable_now(reader.label, failure)) from error
        raise CorpusError(f"{reader.label}: {_fault(reader, error)}") from error


def _fault(reader: Reader, error: Exception) -> str:
    if any(words in str(error) for words in _NO_KEY_WORDS):
        return "is an encrypted Parquet file; decrypt it first"
    return _other_kind(reader) or f"cannot be read ({reason(error)}); copy or make the file again"


def _other_kind(reader: Reader) -> str:
    """Returns a text that says what the file is, with a remedy; empty if its first bytes do not show another kind."""
    kind = None
    with suppress(OSError):
        kind = kind_of(head_of(reader.path))
    return f"is {kind.name}, not {reader.KIND}; {kind.remedy}" if kind and kind.name != reader.KIND else ""


@contextmanager
def open_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """Opens a Parquet file for reading a few pages at a time."""
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - 10 MB, which a worker on a cached corpus does without

    with (
        pa.OSFile(arrow_name(path)) as raw,
        ParquetFile(raw, pre_buffer=False, buffer_size=_BUFFER_BYTES, page_checksum_verification=True) as file,
    ):
        yield file


@dataclass(frozen=True, slots=True)
class ParquetReader:
    """Reader of one Parquet file, of any sizes of row groups, any encodings and any compression.

    Attributes:
        path: Path of the file.
        label: Name of the file in messages.
    """

    KIND: ClassVar = PARQUET
    path: Path
    label: str

    def count_rows(self) -> int:
        """Returns the number of rows in the file, as the file's footer states it.

        Raises:
            CorpusError: The file cannot be read.
        """
        with readable(self), open_parquet(self.path) as file:
            return int(file.metadata.num_rows)

    def chunks(self) -> Iterator[RowChunk]:
        """Reads all rows of the file, from the first to the last, in small chunks.

        Raises:
            CorpusError: The file cannot be read, or has no column of strings or bytes named `text`.
        """
        with readable(self), open_parquet(self.path) as file:
            check_column(file.schema_arrow, self.label)
            first_row = 0
            for group in range(file.num_row_groups):
                rows = _chunk_rows(file.metadata.row_group(group))
                for record_batch in file.iter_batches(rows, row_groups=[group], columns=[TEXT], use_threads=False):
                    yield RowChunk(self.label, first_row, record_batch.column(0))
                    first_row += record_batch.num_rows


@dataclass(frozen=True, slots=True)
class ArrowReader:
    """Reader of a file in Arrow's IPC file format or IPC streaming format, such as the files of a saved dataset.

    Attributes:
        path: Path of the file.
        label: Name of the file in messages.
    """

    KIND: ClassVar = ARROW
    path: Path
    label: str

    def count_rows(self) -> int:
        """Returns the number of rows in the file, as the headers of its record batches state them.

        Raises:
            CorpusError: The file cannot be read.
        """
        # Mapped, so that the text between the headers is not read.
        with readable(self), pa.memory_map(arrow_name(self.path)) as raw:
            return sum(record_batch.num_rows for record_batch in self.record_batches(raw))

    def chunks(self) -> Iterator[RowChunk]:
        """Reads all rows of the file, from the first to the last; each record batch of the file is one chunk.

        Raises:
            CorpusError: The file cannot be read, or has no column of strings or bytes named `text`.
        """
        with readable(self), pa.OSFile(arrow_name(self.path)) as raw:
            first_row = 0
            for record_batch in self.record_batches(raw):
                yield RowChunk(self.label, first_row, record_batch.column(TEXT))
                first_row += record_batch.num_rows

    def record_batches(self, raw: pa.NativeFile) -> Iterator[pa.RecordBatch]:
        """Reads the record batches of the file, which is opened as `raw`.

        Raises:
            CorpusError: The file is truncated, or has no column of strings or bytes named `text`.
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
        """Refuses a file in the streaming format that is truncated between two record batches.

        Arrow itself reads such a file as if it were whole.
        """
        raw.seek(max(0, raw.size() - len(_STREAM_END)))
        if raw.read() != _STREAM_END:
            cut_off = "is cut off (no end mark); copy the file or save the dataset again"
            raise CorpusError(f"{self.label}: {_other_kind(self) or cut_off}")
        raw.seek(0)


Reader = ParquetReader | ArrowReader


def _chunk_rows(row_group: pq.RowGroupMetaData) -> int:
    """Returns the number of rows that a chunk of a row group should have, by the group's metadata."""
    # The size of all columns is used, though only one is read, because pyarrow 26 can abort the process if it computes
    # the size of one column from a damaged footer.
    average = row_group.total_byte_size // max(row_group.num_rows, 1) + 1
    return int(min(max(_CHUNK_BYTES // average, _MIN_CHUNK_ROWS), _MAX_CHUNK_ROWS))
