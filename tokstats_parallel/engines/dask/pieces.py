"""Pieces: cuts the chains of a run for Dask, which runs the shards of one piece one after another in one worker.

A worker fills a pool once for each piece. Pieces must be short enough for all workers to have some to the end of the
run, and for a machine that joins later to get its share.
"""

from collections.abc import Iterator, Sequence

from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.schedule import chains

LONGEST = 8
"""Largest number of shards of a piece. Filling a pool costs 7 % of a shard, so it costs 1 % of such a piece."""
PIECES_FOR_EACH = 2
"""Least number of pieces for each worker, as far as there are shards."""


def cut(shards: Sequence[Shard], workers: int) -> list[list[Shard]]:
    """Returns the pieces of a run, the longest first; the shards of a piece follow each other in their stream.

    Args:
        shards: Shards that do not overlap.
        workers: Number of shards that are run at a time.
    """
    length = max(1, min(LONGEST, len(shards) // (PIECES_FOR_EACH * workers)))
    pieces = [piece for chain in chains(shards) for piece in _slices(list(chain), length)]
    return sorted(pieces, key=lambda piece: (-draws(piece), piece))


def draws(piece: Sequence[Shard]) -> int:
    """Returns the number of draws of a piece."""
    return piece[-1].end - piece[0].first_draw


def _slices(chain: Sequence[Shard], length: int) -> Iterator[list[Shard]]:
    for start in range(0, len(chain), length):
        yield list(chain[start : start + length])
