"""Writes the Parquet of a result, one row group at a time.

The sizes of row groups and the encodings are fixed, so the file's bytes depend only on the result rows and on Arrow's
version. Tokens have prefix compression, because tokens of equal count are sorted by code points. Counts have delta
encoding, because neighbouring counts are similar.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tokstats_parallel.system.file_names import arrow_name

ROW_GROUP = 1 << 17
"""Maximum number of result rows in a row group."""
Columns = tuple[bytes, bytes, bytes, Sequence[bytes]]
"""Columns of consecutive result rows: the tokens as two Arrow buffers (little-endian int64 offsets, UTF-8 data), then
the counts in all, then the counts of each language, as little-endian uint64."""
_MAX_COUNTS = 1 << 23
"""Maximum number of counts in a row group, 64 MB, because a whole row group is in memory while it is written. If result
rows are prefetched (see `write`), the following row group is in memory, too, and twice while the core returns it."""


def group_rows(languages: int) -> int:
    """Returns the number of result rows in a row group, for a number of languages; the file's bytes depend on it."""
    return max(1, min(ROW_GROUP, _MAX_COUNTS // (languages + 1)))


@contextmanager
def table_writer(path: Path, languages: Sequence[str]) -> Iterator[Callable[[Columns], None]]:
    """Opens a Parquet with columns `token`, `count` and `count_LANGUAGE`; yields a function that writes a row group.

    Raises:
        OSError: The file cannot be written.
    """
    import pyarrow as pa  # noqa: PLC0415 - loading takes a third of a second, and workers do without
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    names = ["count", *(f"count_{language}" for language in languages)]
    schema = pa.schema([("token", pa.large_string()), *((name, pa.uint64()) for name in names)])

    def write_rows(columns: Columns) -> None:
        offsets, text, totals, counts = columns
        rows = len(totals) // 8
        tokens = pa.LargeStringArray.from_buffers(rows, pa.py_buffer(offsets), pa.py_buffer(text))
        numbers = [pa.Array.from_buffers(pa.uint64(), rows, [None, pa.py_buffer(one)]) for one in (totals, *counts)]
        writer.write_table(pa.table([tokens, *numbers], schema=schema), row_group_size=ROW_GROUP)

    with (
        pa.OSFile(arrow_name(path), "wb") as file,
        pq.ParquetWriter(
            file,
            schema,
            compression="zstd",
            use_dictionary=False,
            column_encoding={"token": "DELTA_BYTE_ARRAY"} | dict.fromkeys(names, "DELTA_BINARY_PACKED"),
        ) as writer,
    ):
        yield write_rows
