"""Counted tokens: the columns of a result in the form in which answers compute with them, as arrays of all rows.

A result can have millions of rows, so no row becomes a Python object unless an answer shows it, and only the columns
that an answer needs are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.errors import ResultError
from tokstats_parallel.results.token_counts import require_language

if TYPE_CHECKING:
    import pyarrow as pa


class Counted(Protocol):
    """Result whose columns can be read one by one; its rows are sorted by falling count, then by code points."""

    @property
    def batches(self) -> int:
        """Number of batches of the run."""

    @property
    def batches_per_language(self) -> Mapping[str, int]:
        """Language -> number of its batches."""

    @property
    def manifest(self) -> Mapping[str, Any]:
        """Content of the manifest, as far as it is known."""

    def to_arrow(self, columns: Sequence[str]) -> "pa.Table":
        """Returns columns of the result; the others are not read."""


@dataclass(frozen=True, slots=True)
class ColumnsOf:
    """Columns of a result, as `results.top_tokens` takes them."""

    result: Counted

    def column(self, name: str) -> "pa.ChunkedArray":
        """Returns one column."""
        return column(self.result, name)


def column(result: Counted, name: str) -> "pa.ChunkedArray":
    """Returns one column of a result."""
    return result.to_arrow([name])[name]


def values_at_rows(values: "pa.ChunkedArray", rows: NDArray[np.integer]) -> list[Any]:
    """Returns the values of a column at some rows as Python objects.

    Arrow's own way copies a column of strings whole, which takes a twentieth of a second for millions of rows.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    found = np.empty(len(rows), object)
    ends = np.cumsum([len(chunk) for chunk in values.chunks])
    chunk_of = np.searchsorted(ends, rows, side="right")
    for number in np.unique(chunk_of).tolist():
        places = np.flatnonzero(chunk_of == number)
        chunk = values.chunk(number)
        found[places] = chunk.take(pa.array(rows[places].astype(np.int64) - (ends[number] - len(chunk)))).to_pylist()
    everything: list[Any] = found.tolist()
    return everything


def languages_of(result: Counted) -> Mapping[str, int]:
    """Returns language -> number of its batches; no language for a result that is a JSON alone."""
    try:
        return result.batches_per_language
    except ResultError:
        return {}


def batches_of(result: Counted, language: str | None) -> int:
    """Returns the number of batches of a language, or of all languages for None.

    Raises:
        UnknownNameError: The result has no such language.
        ResultError: The result is a JSON alone, which has no languages.
    """
    if language is None:
        return result.batches
    require_language(language, result.batches_per_language)
    return result.batches_per_language[language]


def counts_of(result: Counted, language: str | None) -> NDArray[np.int64]:
    """Returns the count of each row in a language, or in all languages for None; raises as `batches_of` does."""
    batches_of(result, language)
    name = "count" if language is None else f"count_{language}"
    counts: NDArray[np.int64] = column(result, name).to_numpy().astype(np.int64)
    return counts


def sampled_rows(result: Counted) -> NDArray[np.bool_]:
    """Tells for each row whether it is of a sampled token, which is one that is not fixed."""
    fixed: NDArray[np.bool_] = column(result, "fixed").to_numpy()
    return ~fixed


def kinds_of(result: Counted) -> NDArray[np.int8]:
    """Returns the number of each row's kind, by the order of `_native.KINDS`."""
    found = [np.zeros(0, np.int8)]
    for chunk in column(result, "kind").chunks:
        numbers = np.array([_native.KINDS.index(name) for name in chunk.dictionary.to_pylist()], np.int8)
        found.append(numbers[chunk.indices.to_numpy()])
    return np.concatenate(found)


def lengths_of(result: Counted) -> NDArray[np.int64]:
    """Returns the length of each row's token in bytes; it is wrong for special tokens, which are not sampled."""
    import pyarrow.compute as pc  # noqa: PLC0415 - takes a third of a second

    lengths: NDArray[np.int64] = pc.utf8_length(column(result, "token")).to_numpy()
    return lengths


def bytes_of(token: str, kind: str) -> bytes:
    """Returns the bytes of a token: those of its mapped form, or the UTF-8 of a special token."""
    return token.encode() if kind == _native.KINDS[0] else _native.unmap_bytes(token)


def share(count: int, batches: int) -> float | None:
    """Returns the share of the batches that held a token, from 0 to 1; None if there is no batch."""
    return count / batches if batches else None
