"""Made-up results for tests of answers: tokens with their counts in each language, without a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from tokstats_parallel import _native
from tokstats_parallel.results.parquet import describing_arrays


@dataclass(frozen=True)
class MadeResult:
    """Result with the rows of a table in memory."""

    table: pa.Table
    batches_per_language: Mapping[str, int]
    manifest: Mapping[str, Any] = field(default_factory=dict)

    @property
    def batches(self) -> int:
        return sum(self.batches_per_language.values())

    def to_arrow(self, columns: Sequence[str]) -> pa.Table:
        return self.table.select(columns)


def made_result(
    batches: Mapping[str, int], counts: Mapping[str, Sequence[int]], *, special: Sequence[str] = (), window: int = 16
) -> MadeResult:
    """Makes a result with the fixed pieces and special tokens in every batch, and sampled tokens with given counts.

    Args:
        batches: Language -> number of its batches.
        counts: Mapped token -> its count in each language, in the order of `batches`.
        special: Special tokens.
        window: Number of stream batches of a pool.
    """
    always = list(batches.values())
    rows = {token: list(numbers) for token, numbers in counts.items()}
    rows |= dict.fromkeys([*_native.fixed_pieces(), *special], always)
    tokens = sorted(rows, key=lambda token: (-sum(rows[token]), token))
    offsets = np.cumsum([0, *(len(token.encode()) for token in tokens)]).astype("<i8").tobytes()
    described = describing_arrays(_native.describe_tokens(offsets, "".join(tokens).encode(), special))
    columns = dict(zip(("text", "bytes", "kind", "fixed"), described, strict=True))
    numbers = np.array([rows[token] for token in tokens], np.uint64)
    columns = {"token": pa.array(tokens, pa.large_string()), **columns, "count": numbers.sum(axis=1)}
    columns |= {f"count_{language}": numbers[:, at] for at, language in enumerate(batches)}
    return MadeResult(pa.table(columns), dict(batches), {"job": {"window": window}})
