"""Writes the Parquet of a result, one row group at a time.

The sizes of row groups and the encodings are fixed, so the file's bytes depend only on the result rows, the facts in
its metadata and Arrow's version. Tokens have prefix compression, because tokens of equal count are sorted by code
points. Counts have delta encoding, because neighbouring counts are similar. Texts and bytes follow from the tokens, so
the time to write them matters more than their size: they are stored behind their lengths, uncompressed. No column has
nulls.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from tokstats_parallel import _native
from tokstats_parallel.system.file_names import arrow_name

FACTS_KEY = "tokstats.manifest"
"""Key of the metadata under which the file has the facts about its run, as JSON (`manifest.reproducible_text`)."""
ROW_GROUP = 1 << 17
"""Maximum number of result rows in a row group."""
DESCRIBING = ("text", "bytes", "kind", "fixed")
"""Names of the columns that say what a token is; they stand behind `token`."""
_MAX_COUNTS = 1 << 23
"""Maximum number of counts in a row group, 64 MB, because a whole row group is in memory while it is written. If result
rows are prefetched (see `write`), the following row group is in memory, too, and twice while the core returns it."""


class Columns(NamedTuple):
    """Columns of consecutive result rows, in Arrow's buffers: offsets are little-endian int64, counts uint64.

    Attributes:
        tokens: Tokens: offsets, and UTF-8 data.
        totals: Counts in all.
        languages: Counts of each language.
        description: Readable texts (offsets, UTF-8 data), bytes (offsets, data), numbers of the kinds as int8, and
            bits that say which tokens are fixed, as `describe_tokens` of the core returns them.
    """

    tokens: tuple[bytes, bytes]
    totals: bytes
    languages: Sequence[bytes]
    description: tuple[bytes, bytes, bytes, bytes, bytes, bytes]


def group_rows(languages: int) -> int:
    """Returns the number of result rows in a row group, for a number of languages; the file's bytes depend on it."""
    return max(1, min(ROW_GROUP, _MAX_COUNTS // (languages + 1)))


def describing_arrays(description: tuple[bytes, bytes, bytes, bytes, bytes, bytes]) -> list[Any]:
    """Returns the Arrow arrays of the columns `DESCRIBING`, from the buffers of `describe_tokens`."""
    import pyarrow as pa  # noqa: PLC0415 - loading takes a third of a second, and workers do without

    text_offsets, text, raw_offsets, raw, kinds, fixed = map(pa.py_buffer, description)
    rows = len(kinds)
    numbers = pa.Array.from_buffers(pa.int8(), rows, [None, kinds])
    return [
        pa.LargeStringArray.from_buffers(rows, text_offsets, text),
        pa.Array.from_buffers(pa.large_binary(), rows, [None, raw_offsets, raw]),
        pa.DictionaryArray.from_arrays(numbers, pa.array(_native.KINDS)),
        pa.Array.from_buffers(pa.bool_(), rows, [None, fixed]),
    ]


@contextmanager
def table_writer(path: Path, languages: Sequence[str], facts: Callable[[], str]) -> Iterator[Callable[[Columns], None]]:
    """Opens a Parquet for the columns of a result; yields a function that writes a row group.

    The columns are `token`, `text`, `bytes`, `kind`, `fixed`, `count`, and `count_LANGUAGE` of each language (SPEC 4).

    Args:
        path: Path of the file.
        languages: Names of the languages.
        facts: Returns the facts for the metadata; called once, behind the last row group.

    Raises:
        OSError: The file cannot be written.
    """
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    names = ["count", *(f"count_{language}" for language in languages)]
    describing = zip(
        DESCRIBING,
        (pa.large_string(), pa.large_binary(), pa.dictionary(pa.int8(), pa.string()), pa.bool_()),
        strict=True,
    )
    columns = [("token", pa.large_string()), *describing, *((name, pa.uint64()) for name in names)]
    schema = pa.schema([pa.field(name, kind, nullable=False) for name, kind in columns])

    def write_rows(columns: Columns) -> None:
        rows = len(columns.totals) // 8
        tokens = pa.LargeStringArray.from_buffers(rows, *map(pa.py_buffer, columns.tokens))
        counts = (columns.totals, *columns.languages)
        numbers = [pa.Array.from_buffers(pa.uint64(), rows, [None, pa.py_buffer(one)]) for one in counts]
        table = pa.table([tokens, *describing_arrays(columns.description), *numbers], schema=schema)
        writer.write_table(table, row_group_size=ROW_GROUP)

    lengths_first = dict.fromkeys(("text", "bytes"), "DELTA_LENGTH_BYTE_ARRAY")
    encoding = {"token": "DELTA_BYTE_ARRAY"} | lengths_first | dict.fromkeys(names, "DELTA_BINARY_PACKED")
    with (
        pa.OSFile(arrow_name(path), "wb") as file,
        pq.ParquetWriter(
            file,
            schema,
            compression=dict.fromkeys(schema.names, "zstd") | dict.fromkeys(lengths_first, "none"),
            use_dictionary=["kind"],
            write_statistics=["token", *names],  # rows are not sorted by the others
            column_encoding=encoding,
        ) as writer,
    ):
        yield write_rows
        writer.add_key_value_metadata({FACTS_KEY: facts()})
