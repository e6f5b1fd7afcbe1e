"""Runs shards of draws from small corpora in the core, and reads their counts."""

from collections import Counter
from dataclasses import asdict
from typing import Any

import oracle
from support.sampling import grouped
from support.streams import Judge, column

from tokstats_parallel._native import ShardRunner, TextColumn, read_segment

FIXED = frozenset(oracle.fixed_pieces())
Options = dict[str, Any]
QUIET: Options = {"size_std": 0.0, "noise_mean": 0.0, "noise_std": 0.0}


def run_shard(column: TextColumn, *, first_draw: int, draws: int, **options: Any) -> bytes:
    """Runs a shard with a new runner; returns its segment. `options` are the sampling parameters, without groups."""
    runner = ShardRunner([(options["language"], 1.0, column)], pooling="separate", **grouped(options))
    ((segment, _, _),) = runner.run(first_draw, draws)
    return segment


def shard(judge: Judge, first_draw: int, draws: int, *, size: int, **options: Any) -> bytes:
    """Runs a shard of draws of `size` pieces from the judge's stream, by default without noise; returns its segment."""
    sizes = {"size_mean": float(size), "size_min": size, "size_max": size}
    arguments = asdict(judge.setting) | {"batch_texts": 3, "batches": 2} | sizes | QUIET | options
    return run_shard(column(judge.rows), first_draw=first_draw, draws=draws, **arguments)


def counts(segment: bytes) -> Counter[str]:
    """Returns token -> count of a segment, after checking that its tokens are distinct, sorted, and substrings only."""
    entries = read_segment(segment)
    tokens = [token for token, _ in entries]
    assert tokens == sorted(set(tokens))
    assert FIXED.isdisjoint(tokens)
    assert all(count > 0 for _, count in entries)
    return Counter(dict(entries))
