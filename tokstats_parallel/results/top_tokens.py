"""Top tokens: the rows of a result with the highest counts, of one language or kind, in the order of the counts."""

from typing import TYPE_CHECKING, Protocol

from tokstats_parallel import _native
from tokstats_parallel.errors import UnknownNameError
from tokstats_parallel.system.near_names import did_you_mean
from tokstats_parallel.system.wording import listed

if TYPE_CHECKING:
    import pyarrow as pa


class Columns(Protocol):
    """Columns of a result, by name."""

    def column(self, name: str) -> "pa.ChunkedArray":
        """Returns one column."""


def top_rows(
    table: Columns, n: int, *, language: str | None = None, kind: str | None = None, sampled: bool = False
) -> "pa.Array":
    """Returns the rows of the `n` most frequent tokens, by falling count, then by code points.

    Args:
        table: Columns of the result.
        n: Largest number of rows.
        language: Language whose counts decide; None for the counts in all.
        kind: Kind of the tokens; None for all kinds.
        sampled: Whether to leave out the fixed tokens.

    Raises:
        UnknownNameError: There is no such kind.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    counts = table.column("count" if language is None else f"count_{language}")
    rows = pc.indices_nonzero(_mask(table, counts, kind, sampled=sampled))
    if language is None:  # the rows are in this order
        return rows[: max(n, 0)]
    if n <= 0 or not len(rows):
        return rows[:0]
    counts = counts.take(rows)
    if len(rows) > n:
        least = pc.min(counts.take(pc.select_k_unstable(counts, n, [("", "descending")])))
        enough = pc.indices_nonzero(pc.greater_equal(counts, least))
        rows, counts = rows.take(enough), counts.take(enough)
    ranked = pa.table({"count": counts, "token": table.column("token").take(rows)})
    order = pc.sort_indices(ranked, [("count", "descending"), ("token", "ascending")])
    return rows.take(order[:n])


def _mask(table: Columns, counts: "pa.ChunkedArray", kind: str | None, *, sampled: bool) -> "pa.ChunkedArray":
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    mask = pc.not_equal(counts, pa.scalar(0, counts.type))  # a zero of another type would copy the counts
    if sampled:
        mask = pc.and_not(mask, table.column("fixed"))
    if kind is not None:
        if kind not in _native.KINDS:
            otherwise = f"kinds are {listed(_native.KINDS)}"
            raise UnknownNameError(
                f"{kind}: no kind of tokens; {did_you_mean(kind, _native.KINDS, otherwise=otherwise)}"
            )
        chunks = [
            pc.equal(chunk.indices, pa.scalar(chunk.dictionary.to_pylist().index(kind), chunk.indices.type))
            if kind in chunk.dictionary.to_pylist()
            else pa.array([False] * len(chunk))
            for chunk in table.column("kind").chunks
        ]
        mask = pc.and_(mask, pa.chunked_array(chunks, pa.bool_()))
    return mask
