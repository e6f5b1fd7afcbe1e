"""Plan: cuts the draws of a job into shards.

A shard is a contiguous range of one stream's draws (SPEC 2: "Batch i of a run", "Stream batches and pool"). Each stream
is cut at the multiples of a number of draws, its grid. The usual number depends on the pool's size only; the others are
its halvings and doublings, so that the grids are nested. A run with many workers for its draws takes a finer grid, so
that more of them have a shard; a long run takes a wider one, so that its merge is shorter. The result does not depend
on the grid, and a run uses the shards that a run of another length, or with other workers, has saved: only the gaps
between them are cut.
"""

import heapq
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tokstats_parallel.config.job import Job
from tokstats_parallel.shards.streams import Stream, draws_of_streams

FILL_COST = 0.6
"""Work of a stream batch that only fills a pool, relative to the work of a stream batch with a draw.

For both, texts are assembled, split, counted and added to the pool. Only a draw also draws a vocabulary, counts its
substrings and removes a stream batch. Measured on code in six languages.
"""
FILL_SHARE = 0.075
"""Largest work of filling a pool, relative to the work of a full shard's draws.

If every full shard fills its own pool, filling is 7 % of the work. Longer shards would leave workers idle at the end of
a run of some thousand batches.
"""
MIN_DRAWS = 64
"""Least number of draws of a full shard, because each shard also costs a file and a message."""
HALVINGS = 3
"""Maximum number of halvings of a full shard. A shorter shard would take longer to fill its pool than to draw."""
DOUBLINGS = 3
"""Maximum number of doublings of a full shard. A longer shard would take many seconds, which a kill would lose."""
LONG_RUN = 128
"""Number of full shards from which on a run is long, and doublings are considered."""
SAVE_COST = 4.0
"""Work of sorting and saving the counts of a shard, relative to the work of a draw."""
MERGE_COST = 1.5
"""Time of merging the partial of a shard, relative to the time of a draw.

It is about the same for 16 and for 128 draws, because most of their tokens are the same. The coordinator merges while
all workers are idle, so the best shard is about as long as the merge of all partials, however many workers there are:
more shards shorten a run only as long as they save more drawing than they add merging. Both costs were measured on code
in three languages, the merge with two threads (`docs/performance.md`).
"""


Gaps = dict[Stream, list[tuple[int, int]]]
"""Ranges of draws that no saved shard has, of each stream: first draw and end, which is not included."""


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Contiguous range of draws of one stream, from `first_draw` up to `end`, which is not included.

    Attributes:
        language: Name of the stream's language, or of the stream of all languages.
        pool: Index of the stream's pool among the pools of that name, from 0.
        first_draw: Number of the stream's draws before the shard.
        draws: Number of draws in the shard, at least 1.
    """

    language: str
    pool: int
    first_draw: int
    draws: int

    def __str__(self) -> str:
        """Returns the shard's name in messages and file names: language, pool and range of draws."""
        return f"{self.language}.{self.pool}.{self.first_draw}-{self.end}"

    @property
    def stream(self) -> Stream:
        """Stream of the shard: its name and its pool."""
        return self.language, self.pool

    @property
    def end(self) -> int:
        """Number of the stream's draws before the end of the shard."""
        return self.first_draw + self.draws


def plan(
    job: Job, *, done: Iterable[Shard] = (), workers: int = 1, tasks: int = 1, shard_draws: int | None = None
) -> list[Shard]:
    """Returns the shards of a run that are not saved, the longest first.

    Args:
        job: Job of the run.
        done: Saved shards, all inside the run, with no draw in two of them (see `inside_run`, `non_overlapping`).
        workers: Number of processes that will run these shards. It never changes the result.
        tasks: Number of parts of a run, each about as long as this one, that are planned apart and merged together. It
            never changes the result.
        shard_draws: Largest number of draws of a shard; None to choose it by the pool's size, the draws and the
            workers. It never changes the result.
    """
    gaps = _gaps_of_streams(job, done)
    return _cut(gaps, shard_draws) if shard_draws else _best_cut(job, gaps, workers, tasks)


def count_shards(job: Job) -> int:
    """Returns the number of shards of a run that has saved none, if its workers are as many as it can use."""
    return len(_best_cut(job, _gaps_of_streams(job, ()), job.num_batches, 1))


def inside_run(job: Job, shards: Iterable[Shard]) -> list[Shard]:
    """Returns the shards whose draws all belong to the run."""
    draws = draws_of_streams(job)
    return [shard for shard in shards if shard.end <= draws.get(shard.stream, 0)]


def non_overlapping(shards: Iterable[Shard]) -> list[Shard]:
    """Returns a choice of the shards in which no draw is in two shards, with the largest possible number of draws.

    Saved shards of runs of different lengths overlap, because the last shard of a stream ends at the end of its run,
    which need not be on the grid.
    """
    return [shard for stream in _by_stream(shards).values() for shard in _best_choice(stream)]


def _gaps_of_streams(job: Job, done: Iterable[Shard]) -> Gaps:
    saved = _by_stream(done)
    return {stream: list(_gaps(saved.get(stream, ()), draws)) for stream, draws in draws_of_streams(job).items()}


def _best_cut(job: Job, gaps: Gaps, workers: int, tasks: int) -> list[Shard]:
    """Returns the cut with the shortest run: that into full shards, or one of its halvings or doublings."""
    full = max(MIN_DRAWS, round(FILL_COST / FILL_SHARE * job.pool_size.batches))
    cuts = [_cut(gaps, full)]
    if tasks * len(cuts[0]) >= LONG_RUN:
        cuts += [_cut(gaps, full << doublings) for doublings in range(1, DOUBLINGS + 1)]
    for halvings in range(HALVINGS):
        # A halving saves less than the time of one shard, and about doubles the time of the merge.
        if MERGE_COST * tasks * len(cuts[-1]) >= full >> halvings:
            break
        cuts.append(_cut(gaps, full >> halvings + 1))
    return min(cuts, key=lambda shards: _time(shards, workers, tasks))


def _cut(gaps: Gaps, size: int) -> list[Shard]:
    """Returns the shards of at most `size` draws that fill the gaps, the longest first."""
    shards = [
        Shard(*stream, first, end - first)
        for stream, ranges in gaps.items()
        for start, stop in ranges
        for first, end in _grid(start, stop, size)
    ]
    return sorted(shards, key=lambda shard: (-shard.draws, shard))


def _time(shards: Sequence[Shard], workers: int, tasks: int) -> float:
    """Returns about the time of drawing and merging, in units of a draw, if an idle worker takes the longest shard.

    Filling is left out, because a worker fills once for consecutive shards, however many they are.
    """
    ends = [0.0] * min(workers, len(shards))
    for shard in shards:
        heapq.heapreplace(ends, ends[0] + shard.draws + SAVE_COST)
    return max(ends, default=0.0) + MERGE_COST * tasks * len(shards)


def _by_stream(shards: Iterable[Shard]) -> dict[Stream, list[Shard]]:
    streams: dict[Stream, list[Shard]] = {}
    for shard in sorted(shards):
        streams.setdefault(shard.stream, []).append(shard)
    return streams


def _best_choice(shards: Iterable[Shard]) -> list[Shard]:
    """Returns the choice with the most draws among overlapping shards of one stream.

    Dynamic programming: `best[n]` is the largest number of draws of a choice among the first n shards, sorted by end.
    """
    ordered = sorted(shards, key=lambda shard: shard.end)
    ends = [shard.end for shard in ordered]
    before = [bisect_right(ends, shard.first_draw) for shard in ordered]
    best = [0]
    for shard, others in zip(ordered, before, strict=True):
        best.append(max(best[-1], best[others] + shard.draws))
    chosen, count = [], len(ordered)
    while count:
        if best[count] > best[count - 1]:
            chosen.append(ordered[count - 1])
            count = before[count - 1]
        else:
            count -= 1
    return chosen[::-1]


def _gaps(done: Iterable[Shard], draws: int) -> Iterator[tuple[int, int]]:
    """Yields the rising ranges of a stream's draws between its saved shards; a range may be empty."""
    start = 0
    for shard in done:
        yield start, shard.first_draw
        start = shard.end
    yield start, draws


def _grid(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Yields the ranges into which the multiples of `size` cut the range from `start` to `stop`."""
    while start < stop:
        end = min(stop, start - start % size + size)
        yield start, end
        start = end
