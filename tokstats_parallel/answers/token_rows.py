"""Rows of single tokens in a result, found in one pass over its tokens."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.counted import Counted, column, counts_of, sampled_rows
from tokstats_parallel.answers.impossible import LONGEST
from tokstats_parallel.answers.top import CountedToken, counted_tokens

_MOST_PREFIXES = LONGEST + 1
"""Number of bytes below which all beginnings of a token are looked for; no longer one is sampled."""


@dataclass(frozen=True, slots=True)
class TokenRows:
    """Rows of some tokens and of their beginnings.

    Attributes:
        result: Result with the rows.
        counts: Count of each of its rows.
        is_sampled: Whether each of its rows is of a sampled token.
        rows: Token -> its row, of those that were looked for and are there.
    """

    result: Counted
    counts: NDArray[np.int64]
    is_sampled: NDArray[np.bool_]
    rows: Mapping[str, int]

    @classmethod
    def find(cls, result: Counted, raws: Collection[bytes]) -> Self:
        """Finds the rows of tokens, given as bytes, and of all their beginnings."""
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
        import pyarrow.compute as pc  # noqa: PLC0415 - as above

        names = {
            _native.map_bytes(raw[:end]) for raw in raws for end in (*range(1, min(len(raw), _MOST_PREFIXES)), len(raw))
        }
        names |= {raw.decode() for raw in raws if _is_utf8(raw)}  # of special tokens
        tokens = column(result, "token")
        found = np.flatnonzero(pc.is_in(tokens, pa.array(sorted(names), pa.large_string())).to_numpy())
        rows = dict(zip(tokens.take(pa.array(found)).to_pylist(), found.tolist(), strict=True))
        return cls(result, counts_of(result, None), sampled_rows(result), rows)

    def row_of(self, raw: bytes) -> int | None:
        """Returns the row of the token with these bytes; None if there is none."""
        mapped = self.rows.get(_native.map_bytes(raw))
        if mapped is None and _is_utf8(raw):
            special = self.rows.get(raw.decode())
            return special if special is not None and self._is_special(special) else None
        return mapped

    def beginning_with(self, raw: bytes) -> NDArray[np.intp]:
        """Returns the rows of the longer sampled tokens that begin with these bytes, by falling count."""
        import pyarrow.compute as pc  # noqa: PLC0415 - takes a third of a second

        mapped = _native.map_bytes(raw)
        begins: NDArray[np.bool_] = pc.starts_with(column(self.result, "token"), mapped).to_numpy()
        rows = np.flatnonzero(begins & self.is_sampled)
        others: NDArray[np.intp] = rows[rows != self.rows.get(mapped, -1)]
        return others

    def beginning_like(self, raw: bytes) -> NDArray[np.intp]:
        """Returns the rows of the sampled tokens that share the longest beginning with these bytes."""
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
        import pyarrow.compute as pc  # noqa: PLC0415 - as above

        rows = self.beginning_with(raw[:1])
        tokens = column(self.result, "token").take(pa.array(rows))
        for length in range(2, min(len(raw), _MOST_PREFIXES) + 1):
            begins = pc.starts_with(tokens, _native.map_bytes(raw[:length]))
            if not pc.any(begins, min_count=0).as_py():
                break
            rows, tokens = rows[begins.to_numpy()], tokens.filter(begins)
        return rows

    def tokens(self, rows: Sequence[int]) -> list[CountedToken]:
        """Returns the tokens of some rows."""
        return counted_tokens(self.result, np.array(rows, np.intp), self.counts)

    def _is_special(self, row: int) -> bool:
        return self.tokens([row])[0].kind == _native.KINDS[0]


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
