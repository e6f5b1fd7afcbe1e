"""Sides of comparisons from counts that a test states."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.count_pairs import CountPairs
from tokstats_parallel.answers.comparison.side import Side


def make_side(
    counts: Mapping[bytes, int],
    batches: int,
    *,
    window: int = 1,
    name: str = "side",
    fixed: tuple[bytes, ...] = (b"a",),
) -> Side:
    """Makes a side with sampled tokens by their bytes; every batch held the fixed tokens."""
    always = dict.fromkeys(fixed, batches)
    rows = [(raw, raw in always, count) for raw, count in [*always.items(), *counts.items()]]
    arrays = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(_TYPES)]
    table = pa.table(dict(zip(("bytes", "fixed", "count"), arrays, strict=True)))
    return Side.of(name, SideBatches(batches, window), table, "count")


def make_pairs(*pairs: tuple[int, int, int]) -> CountPairs:
    """Makes pairs of counts from (left count, right count, number of tokens)."""
    left, right, tokens = np.array(pairs, np.int64).reshape(-1, 3).T
    return CountPairs(left, right, tokens)


_TYPES = (pa.large_binary(), pa.bool_(), pa.uint64())
