"""Writer: writes texts into part files, and the parts of a split into the final Parquet file, in bounded memory.

Invariants:
1. A part or Parquet file that has its name is whole and on the disk (see `atomic`).
2. The bytes of a Parquet file are a function of its rows alone. The sizes of parts and chunks make no difference,
   because rows are regrouped into row groups by their number and bytes. Each row group is one contiguous array, because
   Arrow begins a page at the beginning of every array.

Memory: one row group (at most `GROUP_ROWS` rows, and `GROUP_BYTES` and one more row) and one chunk, which is an array
of consecutive texts. Parts are Arrow IPC files with lz4: each is written once and read once, so speed counts for more
than size.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tokstats_parallel.corpus.text_column import TEXT
from tokstats_parallel.prepare.sources.rows import rows_within, text_size
from tokstats_parallel.system import atomic

GROUP_ROWS = 4_000
GROUP_BYTES = 64 << 20
# Key in the footer of a final file, with the offset at which the rows end (see `own_file`).
ROWS_END_KEY = b"tokstats_prepare_rows_end"
PARQUET_SCHEMA = pa.schema([pa.field(TEXT, pa.string())])
PART_SCHEMA = pa.schema([pa.field(TEXT, pa.large_string())])


@dataclass(frozen=True, slots=True)
class SealedFile:
    """Content of a finished part or Parquet file.

    Attributes:
        rows: Number of rows in the file.
        text_bytes: Bytes of text in the rows.
        size: Size of the file, in bytes.
        sha256: SHA-256 of the file, in hexadecimal digits.
    """

    rows: int
    text_bytes: int
    size: int
    sha256: str


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Opens a new file that gets the name `path` when the `with` block ends; the file is removed if the block fails."""
    with atomic.replacing(path) as temporary, temporary.open("wb") as file:
        yield file


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of the file `path`, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class PartWriter:
    """Writes texts into a part file; `rows` and `text_bytes` count the texts that are in it."""

    def __init__(self, file: IO[bytes]) -> None:
        """Writes the beginning of a part to `file`; the caller closes the file after `close`."""
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        self._writer: Any = pa.ipc.new_file(file, PART_SCHEMA, options=options)
        self.rows = 0
        self.text_bytes = 0

    def add(self, texts: pa.LargeStringArray) -> int:
        """Appends texts, none of which is null, to the part; returns the bytes of the texts."""
        size = text_size(texts)
        self._writer.write_batch(pa.record_batch([texts], schema=PART_SCHEMA))
        self.rows += len(texts)
        self.text_bytes += size
        return size

    def close(self) -> None:
        """Writes the end of the part; `file` stays open."""
        self._writer.close()


def read_part(path: Path) -> Iterator[pa.LargeStringArray]:
    """Yields the texts of the part file `path`, in chunks as they were added."""
    # Arrow itself opens no path that is not UTF-8.
    with path.open("rb") as file, pa.ipc.open_file(file) as part:
        for index in range(part.num_record_batches):
            yield part.get_batch(index).column(0)


def regroup(chunks: Iterable[pa.LargeStringArray]) -> Iterator[pa.LargeStringArray]:
    """Yields the texts of all chunks as row groups; the sizes of the chunks make no difference to the row groups."""
    pending: list[pa.LargeStringArray] = []
    rows = text_bytes = 0
    for chunk in chunks:
        rest = chunk
        while len(rest):
            taken = rest.slice(0, rows_within(rest, rows=GROUP_ROWS - rows, text_bytes=GROUP_BYTES - text_bytes))
            rest = rest.slice(len(taken))
            pending.append(taken)
            rows += len(taken)
            text_bytes += text_size(taken)
            if rows >= GROUP_ROWS or text_bytes >= GROUP_BYTES:
                yield pa.concat_arrays(pending)
                pending, rows, text_bytes = [], 0, 0
    if pending:
        yield pa.concat_arrays(pending)


def seal(chunks: Iterable[pa.LargeStringArray], path: Path) -> SealedFile:
    """Writes the texts of all chunks as the Parquet file `path` (column `text`, zstd); returns the file's content."""
    rows = text_bytes = 0
    with (
        replacing(path) as file,
        # No reader uses statistics (least and greatest text). A dictionary would cost memory: texts rarely repeat.
        pq.ParquetWriter(
            file, PARQUET_SCHEMA, compression="zstd", use_dictionary=False, write_statistics=False
        ) as writer,
    ):
        for group in regroup(chunks):
            writer.write_table(pa.table([group.cast(pa.string())], PARQUET_SCHEMA), row_group_size=GROUP_ROWS)
            rows += len(group)
            text_bytes += text_size(group)
        writer.add_key_value_metadata({ROWS_END_KEY: str(file.tell())})
    return SealedFile(rows, text_bytes, path.stat().st_size, sha256_of(path))
