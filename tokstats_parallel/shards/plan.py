"""Plan: cuts a job into shards.

A shard is a contiguous range of one stream's draws (SPEC 2: "Batch i of a run", "Stream batches and pool"). Shards are
cut on a fixed grid that does not depend on the workers, so the same shards serve any number of workers, and the shards
of a run are shards of a longer run.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tokstats_parallel._native import count_draws
from tokstats_parallel.config.job import Job

FILL_COST = 0.6
"""Work of a stream batch that only fills a pool, where the work of one with a draw is 1.

Its texts are assembled, split, counted and pushed, as for a draw; nothing is drawn, tallied or popped. Measured on code
in six languages.
"""
FILL_SHARE = 0.075
"""Largest cost of the filling of a pool, as a share of a shard's draws: 7 % of a long run if every shard fills its own.

In 1,000 batches of six languages each language has one shard of full length and a shorter one, and no number of workers
fills for more than 10 % of the work. Shorter shards would exceed this, longer ones would leave workers idle at the end.
"""
MIN_DRAWS = 64
"""Least draws of a full shard: each shard also has the cost of a file and a message."""

Stream = tuple[str, int]
"""A language and one of its pools."""


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """Range of draws of one stream, from `first_draw` up to `end`, which is not included.

    Attributes:
        language: The language's name.
        pool: The number of the language's pool, from 0.
        first_draw: The number of draws of this pool before the shard.
        draws: The number of draws in the shard, at least 1.
    """

    language: str
    pool: int
    first_draw: int
    draws: int

    def __str__(self) -> str:
        """Returns the name in messages and file names: language, pool and draws."""
        return f"{self.language}.{self.pool}.{self.first_draw}-{self.end}"

    @property
    def stream(self) -> Stream:
        """The language and the pool."""
        return self.language, self.pool

    @property
    def end(self) -> int:
        """The number of draws of this pool up to the end of the shard."""
        return self.first_draw + self.draws


def plan(job: Job, *, done: Iterable[Shard] = (), shard_draws: int | None = None) -> list[Shard]:
    """Returns the missing shards of a run, the longest first.

    Args:
        job: The job.
        done: Saved shards: all inside the run, and no draw in two of them (see `inside_run`, `non_overlapping`).
        shard_draws: The most draws of a shard; chosen by the pool's size if it is None. It never changes the result.
    """
    size = shard_draws or _full_size(job)
    saved = _by_stream(done)
    shards = [
        Shard(*stream, first, end - first)
        for stream, draws in _streams(job).items()
        for start, stop in _gaps(saved.get(stream, ()), draws)
        for first, end in _grid(start, stop, size)
    ]
    return sorted(shards, key=lambda shard: (-shard.draws, shard))


def count_shards(job: Job) -> int:
    """Returns the number of shards of a run of which nothing is saved."""
    size = _full_size(job)
    return sum(-(-draws // size) for draws in _streams(job).values())


def inside_run(job: Job, shards: Iterable[Shard]) -> list[Shard]:
    """Selects the shards all of whose draws belong to the run."""
    draws = _streams(job)
    return [shard for shard in shards if shard.end <= draws.get(shard.stream, 0)]


def non_overlapping(shards: Iterable[Shard]) -> list[Shard]:
    """Selects shards no two of which share a draw, so that they have the largest possible number of draws.

    Saved shards of runs of different lengths overlap: the last shard of a stream ends where its run ends, off the grid.
    """
    return [shard for stream in _by_stream(shards).values() for shard in _best_choice(stream)]


def batches_per_language(job: Job) -> dict[str, int]:
    """Returns the number of batches that draw from each language, in the order of the job's languages."""
    draws = _draws(job, job.num_batches)
    return {language.name: sum(pools) for language, pools in zip(job.languages, draws, strict=True)}


def _full_size(job: Job) -> int:
    return max(MIN_DRAWS, round(FILL_COST / FILL_SHARE * job.pool_size.batches))


def _streams(job: Job) -> dict[Stream, int]:
    """Returns the number of draws of every stream."""
    draws = _draws(job, job.num_batches)
    return {
        (language.name, pool): count
        for language, pools in zip(job.languages, draws, strict=True)
        for pool, count in enumerate(pools)
    }


def _by_stream(shards: Iterable[Shard]) -> dict[Stream, list[Shard]]:
    streams: dict[Stream, list[Shard]] = {}
    for shard in sorted(shards):
        streams.setdefault(shard.stream, []).append(shard)
    return streams


def _best_choice(shards: Iterable[Shard]) -> list[Shard]:
    """Selects from one stream, by dynamic programming: the best choice among the first n shards, ordered by end."""
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
    """Yields the ranges of a stream's draws between its saved shards, in order; a range may be empty."""
    start = 0
    for shard in done:
        yield start, shard.first_draw
        start = shard.end
    yield start, draws


def _grid(start: int, stop: int, size: int) -> Iterator[tuple[int, int]]:
    """Cuts `start` to `stop` at the multiples of `size`."""
    while start < stop:
        end = min(stop, start - start % size + size)
        yield start, end
        start = end


@lru_cache(maxsize=4)  # a run asks several times, and a million batches take 0.2 s
def _draws(job: Job, batches: int) -> Sequence[Sequence[int]]:
    languages = [(language.name, language.weight) for language in job.languages]
    return count_draws(languages, seed=job.seed, pools=job.pools, batches=batches)
