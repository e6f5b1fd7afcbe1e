"""Sources of Parquet files, local or remote: the text column is read row group by row group.

If the text column of a remote row group has at most `WHOLE_BYTES` bytes, it is fetched whole, and the text columns of
the following row groups are prefetched; a larger column is read page by page. Memory: `PREFETCHED_GROUPS` + 1 such
columns, compressed, and a chunk of rows.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tokstats_parallel.corpus.text_column import is_bytes
from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.download_retry import ShortReadError
from tokstats_parallel.prepare.sources.exact_file import ExactFile, OffsetFile
from tokstats_parallel.prepare.sources.prefetch import ByteRange, Prefetcher
from tokstats_parallel.prepare.sources.rows import SourceRows
from tokstats_parallel.prepare.sources.text_column import checked_rows, text_column
from tokstats_parallel.system.file_kinds import HEAD_BYTES, PARQUET, kind_of

PREFETCHED_GROUPS = 3
CHUNK_ROWS = 500
PAGE_READ_BYTES = 8 << 20
WHOLE_BYTES = 48 << 20


@dataclass(frozen=True, slots=True)
class _Footer:
    """Footer of a Parquet file, with the name of the text column and the column's index."""

    metadata: Any
    column: str
    index: int

    def column_range(self, file: str, block: int) -> ByteRange:
        """Returns the byte range of the text column in row group `block` of `file`."""
        column = self.metadata.row_group(block).column(self.index)
        start = column.data_page_offset
        if column.dictionary_page_offset is not None:
            start = min(start, column.dictionary_page_offset)
        return ByteRange(file, start, column.total_compressed_size)


class ParquetSource:
    """Source of the rows in one column of a list of Parquet files; a block is a row group."""

    def __init__(
        self,
        open_file: Callable[[str], IO[bytes]],
        sizes: Mapping[str, int],
        *,
        column: str | None,
        version: str,
        remote: bool,
        note: Callable[[str], None],
        left_out: Mapping[str, int],
    ) -> None:
        """Makes the source; reads nothing yet.

        Args:
            open_file: Opens a file by its name; called from several threads if `remote`.
            sizes: Name of the file -> size of the file in bytes, in reading order.
            column: Column that holds the text; None takes the first of `USUAL_COLUMNS` that the file has.
            version: Pinned version of the files.
            remote: Whether the text columns of row groups are fetched whole, and prefetched.
            note: Called with each line for the user.
            left_out: Reason -> number of files that are not read.
        """
        self.left_out = left_out
        self.version = version
        self.files = tuple(sizes)
        self._open_file = open_file
        self._sizes = sizes
        self._column = column
        self._prefetcher = Prefetcher(self._fetch) if remote else None
        self._note = note
        self._noted = False
        self._footer = lru_cache(maxsize=1)(self._read_footer)

    def blocks(self, file: str) -> int:
        """Returns the number of row groups of `file`."""
        groups: int = self._footer(file).metadata.num_row_groups
        return groups

    def read(self, file: str, block: int) -> Iterator[SourceRows]:
        """Yields the rows of a row group, in chunks of at most `CHUNK_ROWS` rows.

        Raises:
            ShortReadError: The row group has another number of rows than the footer says.
        """
        footer = self._footer(file)
        expected = footer.metadata.row_group(block).num_rows
        rows = 0
        with closing(self._open_block(file, block, footer)) as source:
            parquet = pq.ParquetFile(source, metadata=footer.metadata, pre_buffer=False, buffer_size=PAGE_READ_BYTES)
            for record_batch in parquet.iter_batches(
                CHUNK_ROWS, row_groups=[block], columns=[footer.column], use_threads=False
            ):
                rows += record_batch.num_rows
                yield checked_rows(record_batch.column(0))
        if rows != expected:
            raise ShortReadError(f"{file}: row group {block} has {rows:,} rows, its footer says {expected:,}")

    def _open_block(self, file: str, block: int, footer: _Footer) -> ExactFile | OffsetFile:
        # Arrow ends the process if it is asked for the range of a column in a footer that is damaged or encrypted.
        if self._prefetcher is None or (present := footer.column_range(file, block)).length > WHOLE_BYTES:
            return self._exact(file)
        last = min(block + PREFETCHED_GROUPS, footer.metadata.num_row_groups - 1)
        upcoming = (footer.column_range(file, other) for other in range(block + 1, last + 1))
        small = [column for column in upcoming if column.length <= WHOLE_BYTES]
        return OffsetFile(self._prefetcher.get(present, small), start=present.start)

    def _fetch(self, wanted: ByteRange) -> bytes:
        with closing(self._exact(wanted.file)) as file:
            file.seek(wanted.start)
            return file.read(wanted.length)

    def _exact(self, file: str) -> ExactFile:
        return ExactFile(self._open_file(file), name=file, size=self._sizes[file])

    def _read_footer(self, file: str) -> _Footer:
        with closing(self._exact(file)) as source:
            try:
                metadata = pq.read_metadata(source)
            except (pa.ArrowException, OSError) as error:
                source.seek(0)
                _refuse_other_kind(file, source.read(HEAD_BYTES), error)
                raise
        schema = metadata.schema.to_arrow_schema()
        column = text_column(file, schema, self._column)
        if is_bytes(schema.field(column).type) and not self._noted:
            self._noted = True
            self._note(f"{file}: column '{column}' holds bytes, not strings; they are read as UTF-8")
        paths = [metadata.schema.column(index).path for index in range(metadata.num_columns)]
        return _Footer(metadata, column, paths.index(column))


def _refuse_other_kind(file: str, head: bytes, error: Exception) -> None:
    """Raises a PrepareError that says what the file is, unless its first bytes are those of a Parquet file."""
    kind = kind_of(head)
    if kind is None:
        what = "is not a Parquet file" if head else "is empty"
        raise PrepareError(f"{file}: {what}; get it again, or give JSON lines with --from-jsonl") from error
    if kind.name != PARQUET:
        raise PrepareError(f"{file}: is {kind.name}, not Parquet; {kind.remedy}") from error
