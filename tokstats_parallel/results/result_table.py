"""Result table: the columns of a written result, each read at its first use, and the row of each token.

Columns come from the Parquet. A result that has a JSON only, or a Parquet of a version without descriptions of the
tokens, gets the missing columns from its tokens.
"""

import json
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokstats_parallel import _native
from tokstats_parallel.errors import ResultError, machine_failure, not_readable_now, reason
from tokstats_parallel.results.drawn_values import drawn_values
from tokstats_parallel.results.parquet import DESCRIBING, describing_arrays
from tokstats_parallel.results.result_files import REPEAT, OpenedResult
from tokstats_parallel.system.file_names import arrow_name

if TYPE_CHECKING:
    import pyarrow as pa

_LONGEST = 15
_BLOCK_LINES = 1 << 16
_CONTRACTION_BEGINNINGS = ("'r", "'v", "'l")


class ResultTable:
    """Columns of one result. The memory of a column is that of its values; nothing becomes a Python object."""

    def __init__(self, opened: OpenedResult) -> None:
        """Takes an opened result, and reads nothing yet."""
        self._opened = opened
        self._columns: dict[str, pa.ChunkedArray] = {}

    def columns(self, names: Sequence[str]) -> "dict[str, pa.ChunkedArray]":
        """Returns columns by name, in the order of the names.

        Raises:
            ResultError: The file cannot be read, is damaged, or has no such column.
        """
        missing = [name for name in names if name not in self._columns]
        if missing and self._opened.has_parquet:
            self._read_parquet([name for name in missing if name in self.names_in_file])
        elif missing:
            self._read_json()
        if set(missing) - self._columns.keys():
            self._describe()
        return {name: self._columns[name] for name in names}

    def column(self, name: str) -> "pa.ChunkedArray":
        """Returns one column."""
        return self.columns([name])[name]

    @cached_property
    def index(self) -> _native.TokenIndex:
        """Index of all tokens, made at its first use."""
        return _native.TokenIndex([_buffers(chunk) for chunk in self.column("token").chunks])

    @cached_property
    def names_in_file(self) -> tuple[str, ...]:
        """Names of the columns that the Parquet has; of a JSON, its tokens and counts."""
        if not self._opened.has_parquet:
            return ("token", "count")
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        with pa.OSFile(arrow_name(self._opened.paths.parquet)) as file:
            return tuple(pq.read_schema(file).names)

    @cached_property
    def special_tokens(self) -> list[str]:
        """Special tokens of the result, as its manifest has them; of a JSON alone, those that cannot be substrings."""
        if values := drawn_values(self._opened.manifest):
            return list(values["special_tokens"])
        return list(_special_among(self.column("token"), self.column("count")))

    def _read_parquet(self, names: Sequence[str]) -> None:
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        path = self._opened.paths.parquet
        try:
            # One row group after the other takes less memory and time than all at once.
            with pa.memory_map(arrow_name(path)) as mapped, pq.ParquetFile(mapped, pre_buffer=False) as file:
                groups = [file.read_row_group(group, columns=names) for group in range(file.num_row_groups)]
                table = pa.concat_tables(groups or [file.schema_arrow.empty_table().select(names)])
        except (pa.ArrowException, OSError) as error:
            if failure := machine_failure(error):
                raise ResultError(not_readable_now(str(path), failure)) from error
            raise ResultError(f"{path}: is damaged ({reason(error)}); {REPEAT}") from error
        if lacking := [name for name in names if table[name].null_count]:
            raise ResultError(f"{path}: is damaged (no value in a row of {lacking[0]}); {REPEAT}")
        for name, column in zip(table.column_names, table.columns, strict=True):
            self._columns[name] = column.cast(pa.large_string()) if name == "token" else column
        if "count" in names:
            self._check_counts()

    def _read_json(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

        path = self._opened.paths.json
        try:
            blocks = [
                (pa.array(counts, pa.large_string()), pa.array(counts.values(), pa.uint64()))
                for counts in _json_blocks(path)
            ]
        except (ValueError, OverflowError, RecursionError, pa.ArrowException) as error:
            raise ResultError(f"{path}: is damaged ({reason(error)}); {REPEAT}") from error
        self._columns["token"] = pa.chunked_array([tokens for tokens, _ in blocks], pa.large_string())
        self._columns["count"] = pa.chunked_array([numbers for _, numbers in blocks], pa.uint64())
        self._check_counts()

    def _check_counts(self) -> None:
        """Checks that counts fall from row to row, down to 1 at least, and add up to the manifest's occurrences."""
        import pyarrow.compute as pc  # noqa: PLC0415 - takes a third of a second

        paths, column = self._opened.paths, self._columns["count"]
        read = paths.parquet if self._opened.has_parquet else paths.json
        if not _falls(column):
            raise ResultError(f"{read}: is damaged (its counts do not fall down to 1 or more); {REPEAT}")
        stated = self._opened.manifest.get("occurrences")
        if stated is not None and (pc.sum(column).as_py() or 0) != stated:
            raise ResultError(f"{paths.manifest}: is not the manifest of {read.name}: occurrences differ; {REPEAT}")

    def _describe(self) -> None:
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

        described = [self._description(chunk) for chunk in self.column("token").chunks]
        types = (pa.large_string(), pa.large_binary(), pa.dictionary(pa.int8(), pa.string()), pa.bool_())
        for position, (name, kind) in enumerate(zip(DESCRIBING, types, strict=True)):
            self._columns.setdefault(name, pa.chunked_array([arrays[position] for arrays in described], kind))

    def _description(self, tokens: "pa.LargeStringArray") -> list[Any]:
        return describing_arrays(_native.describe_tokens(*_buffers(tokens), self.special_tokens))


def _json_blocks(path: Path) -> Iterator[dict[str, int]]:
    """Yields the tokens and counts of a result's JSON, which has one in each line, in blocks that fit memory."""
    with path.open("rb") as lines:
        next(lines)  # the opening brace
        while block := list(islice(lines, _BLOCK_LINES)):
            text = b"".join(block).removesuffix(b"}").rstrip(b",\n")
            counts = json.loads(b"{" + text + b"}", parse_float=int, parse_constant=int)  # int refuses them
            if len(counts) != len(block) - (block[-1] == b"}"):
                raise ValueError("a token is in two lines")
            yield counts


def _falls(counts: "pa.ChunkedArray") -> bool:
    """Tells whether every row has a count of 1 or more, and none a higher one than the row before it."""
    highest = None
    for chunk in counts.chunks:
        if chunk.null_count:
            return False
        values = chunk.to_numpy()  # the memory of the chunk itself
        if not len(values):
            continue
        if (highest is not None and values[0] > highest) or (values[1:] > values[:-1]).any() or not values[-1]:
            return False
        highest = values[-1]
    return True


def _buffers(tokens: "pa.LargeStringArray") -> tuple[Any, Any]:
    """Returns the offsets and the text of tokens, as the core takes them."""
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    _, offsets, text = tokens.buffers()
    if offsets is None or not len(tokens):
        return pa.py_buffer(bytes(8)), pa.py_buffer(b"")
    return offsets.slice(8 * tokens.offset, 8 * (len(tokens) + 1)), text or pa.py_buffer(b"")


def _special_among(tokens: "pa.ChunkedArray", counts: "pa.ChunkedArray") -> Iterator[str]:
    """Yields tokens that every vocabulary held and that are neither fixed pieces nor parts of one pretoken.

    These are certainly special tokens; one that may also be a part of a pretoken, such as `PAD`, is not found.
    """
    batches, pieces = counts[0], set(_native.fixed_pieces())
    for token, count in zip(tokens, counts, strict=True):
        if count != batches:
            return
        if (text := token.as_py()) not in pieces and not _can_be_sampled(text):
            yield text


def _can_be_sampled(token: str) -> bool:
    try:
        raw = _native.unmap_bytes(token)
    except ValueError:
        return False
    if len(raw) > _LONGEST:
        return False
    try:
        text = raw.decode()
    except ValueError:  # it begins or ends inside a character
        return True
    return text in _CONTRACTION_BEGINNINGS or len(_native.split(text)) == 1
