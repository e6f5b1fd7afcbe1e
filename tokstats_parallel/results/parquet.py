"""The Parquet writer of a result, row group by row group.

Row groups and encodings are fixed, so the bytes are a function of the rows (and of Arrow's version). Tokens of equal
count are in code-point order, so prefix compression pays; neighbouring counts are similar, so delta encoding does.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROW_GROUP = 1 << 17
"""The most result rows of a row group."""
Columns = tuple[bytes, bytes, bytes, Sequence[bytes]]
"""Result rows: the tokens as Arrow buffers (little-endian int64 offsets, UTF-8 data), then the total counts and the
counts of each language as little-endian uint64."""
_CELLS = 1 << 23
"""The most counts of a row group: 64 MB. A row group is in memory as a whole while it is written. With prefetching (see
`write`) the next one is, too, and twice while the core hands it over."""


def group_rows(languages: int) -> int:
    """The rows of a row group, by the number of languages; they determine the bytes of the file."""
    return max(1, min(ROW_GROUP, _CELLS // (languages + 1)))


@contextmanager
def table_writer(path: Path, languages: Sequence[str]) -> Iterator[Callable[[Columns], None]]:
    """Opens a file with the columns `token`, `count` and `count_LANGUAGE`; gives a function that writes a row group.

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

    with pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        use_dictionary=False,
        column_encoding={"token": "DELTA_BYTE_ARRAY"} | dict.fromkeys(names, "DELTA_BINARY_PACKED"),
    ) as writer:
        yield write_rows
