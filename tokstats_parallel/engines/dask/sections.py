"""Sections: cuts the chains of a run for Dask, which runs the shards of one section one after another in one worker.

A worker fills a pool once for each section. Sections are short enough for all workers to have some to the end of the
run, and for a machine that joins later to get its share.
"""

from collections.abc import Iterator, Sequence

from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.schedule import chains

LONGEST = 8
"""Largest number of shards of a section. Filling a pool costs 7 % of a shard, so it costs 1 % of such a section."""
SECTIONS_FOR_EACH = 2
"""Least number of sections for each worker, as far as there are shards."""


def cut(shards: Sequence[Shard], workers: int) -> list[list[Shard]]:
    """Returns the sections of a run, the longest first; the shards of a section follow each other in their stream.

    Args:
        shards: Shards that do not overlap.
        workers: Number of shards that are run at a time.
    """
    length = max(1, min(LONGEST, len(shards) // (SECTIONS_FOR_EACH * workers)))
    sections = [section for chain in chains(shards) for section in _slices(list(chain), length)]
    return sorted(sections, key=lambda section: (-draws(section), section))


def draws(section: Sequence[Shard]) -> int:
    """Returns the number of draws of a section."""
    return section[-1].end - section[0].first_draw


def _slices(chain: Sequence[Shard], length: int) -> Iterator[list[Shard]]:
    for start in range(0, len(chain), length):
        yield list(chain[start : start + length])
