"""Pieces in a result: counts the pieces of given tokenizers in all batches of a result, and in those of a language."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.counted import languages_of
from tokstats_parallel.answers.coverage import Counts, Coverage, cover
from tokstats_parallel.answers.pieces.readings import TokenizerPieces
from tokstats_parallel.answers.unseen import least_count
from tokstats_parallel.results.drawn_values import drawn_values
from tokstats_parallel.results.token_stats import TokenStats

if TYPE_CHECKING:
    import pyarrow as pa

NO_ROW = -1


def coverage_of(stats: TokenStats, tokenizers: Sequence[TokenizerPieces]) -> Coverage:
    """Returns the coverage of tokenizers by a result.

    Raises:
        ResultError: A file of the result is damaged.
    """
    batches = languages_of(stats)
    table = stats.to_arrow(["token", "fixed", "count", *(f"count_{language}" for language in batches)])
    special = _special_tokens(stats)
    always = frozenset(_native.fixed_pieces())
    covered = []
    for pieces in tokenizers:
        tokens = [special.get(raw) or _native.map_bytes(raw) for raw in pieces.raw]
        rows = find_rows(table["token"], tokens)
        # An empty result has not even the fixed pieces.
        fixed = values_at(table["fixed"], rows).astype(bool) | np.array([token in always for token in tokens], bool)
        languages = {
            language: Counts(number, values_at(table[f"count_{language}"], rows))
            for language, number in batches.items()
        }
        covered.append(cover(pieces, Counts(stats.batches, values_at(table["count"], rows)), languages, fixed))
    return Coverage(str(stats.paths.json), covered, least_count(stats.manifest))


def find_rows(tokens: "pa.ChunkedArray", wanted: Sequence[str]) -> NDArray[np.int64]:
    """Returns the row of each wanted token in a column of tokens; `NO_ROW` for those that it does not have.

    The index is made of the wanted tokens and not of the column, which may have millions.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    places = {token: place for place, token in enumerate(dict.fromkeys(wanted))}
    found = pc.index_in(tokens, value_set=pa.array(places, tokens.type))
    rows = pc.indices_nonzero(pc.is_valid(found)).to_numpy()
    row_of_place = np.full(len(places), NO_ROW, np.int64)
    row_of_place[found.take(pa.array(rows)).to_numpy()] = rows
    return row_of_place[np.fromiter((places[token] for token in wanted), np.int64, len(wanted))]


def values_at(column: "pa.ChunkedArray", rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Returns the whole numbers or bits of a column at some rows, and 0 at `NO_ROW`."""
    import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

    values = np.zeros(len(rows), np.int64)
    there = np.flatnonzero(rows != NO_ROW)
    values[there] = column.take(pa.array(rows[there])).to_numpy().astype(np.int64)
    return values


def _special_tokens(stats: TokenStats) -> Mapping[bytes, str]:
    """Returns bytes -> token of the special tokens, which a result has without byte-level mapping."""
    tokens = drawn_values(stats.manifest).get("special_tokens", [])
    return {token.encode(): token for token in tokens}
