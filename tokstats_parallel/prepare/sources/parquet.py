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

from tokstats_parallel.corpus.readers import TEXT, is_text
from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.download_retry import ShortReadError
from tokstats_parallel.prepare.sources.exact_file import ExactFile, OffsetFile
from tokstats_parallel.prepare.sources.prefetch import ByteRange, Prefetcher
from tokstats_parallel.prepare.sources.rows import SourceRows
from tokstats_parallel.prepare.sources.screen_files import NOT_UTF8

PREFETCHED_GROUPS = 3
CHUNK_ROWS = 500
PAGE_READ_BYTES = 8 << 20
USUAL_COLUMNS = ("content", TEXT)
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

    left_out: Mapping[str, int] = {}

    def __init__(
        self,
        open_file: Callable[[str], IO[bytes]],
        sizes: Mapping[str, int],
        *,
        column: str | None,
        version: str,
        remote: bool,
    ) -> None:
        """Makes the source; reads nothing yet.

        Args:
            open_file: Opens a file by its name; called from several threads if `remote`.
            sizes: Name of the file -> size of the file in bytes, in reading order.
            column: Column that holds the text; None takes the first of `USUAL_COLUMNS` that the file has.
            version: Pinned version of the files.
            remote: Whether the text columns of row groups are fetched whole, and prefetched.
        """
        self.version = version
        self.files = tuple(sizes)
        self._open_file = open_file
        self._sizes = sizes
        self._column = column
        self._prefetcher = Prefetcher(self._fetch) if remote else None
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
        present = footer.column_range(file, block)
        if self._prefetcher is None or present.length > WHOLE_BYTES:
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
            metadata = pq.read_metadata(source)
        schema = metadata.schema.to_arrow_schema()
        column = _text_column(file, schema, self._column)
        paths = [metadata.schema.column(index).path for index in range(metadata.num_columns)]
        return _Footer(metadata, column, paths.index(column))


def _text_column(file: str, schema: pa.Schema, wanted: str | None) -> str:
    candidates = USUAL_COLUMNS if wanted is None else (wanted,)
    for name in candidates:
        if name in schema.names:
            kind = schema.field(name).type
            if is_text(kind):
                return name
            raise PrepareError(f"{file}: column '{name}' holds {kind}, not strings; name another with --column")
    missing = " or ".join(f"'{name}'" for name in candidates)
    found = ", ".join(schema.names)
    raise PrepareError(f"{file}: no column {missing}; name the text's column with --column (found: {found})")


def checked_rows(column: pa.Array) -> SourceRows:
    """Converts a column of strings of any Arrow type to rows; rows that are not UTF-8 are left out."""
    texts = column.cast(pa.large_string())
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid:
        return _utf8_rows(texts)
    return SourceRows(texts)


def _utf8_rows(texts: pa.LargeStringArray) -> SourceRows:
    kept: list[str | None] = []
    reasons = {}
    for row, raw in enumerate(texts.cast(pa.large_binary()).to_pylist()):
        try:
            kept.append(None if raw is None else raw.decode())
        except UnicodeDecodeError:
            kept.append(None)
            reasons[row] = NOT_UTF8
    return SourceRows(pa.array(kept, pa.large_string()), reasons)
