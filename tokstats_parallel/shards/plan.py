"""From a job to its shards.

A shard is a contiguous run of one stream's draws (SPEC 2: "Batch i of a run", "Stream batches and pool"). Shards are
cut on a fixed grid, without a look at the workers, so that the same shards serve every number of them, and those of a
run are shards of a longer run.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tokstats_parallel._native import count_draws
from tokstats_parallel.config.job import Job

FILL_COST = 0.6
"""Work of a stream batch that only fills a pool, where one with a draw is 1.

Its texts are put together, split, counted and pushed, as for a draw; nothing is drawn, tallied or popped. Measured on
code in six languages.
"""
FILL_SHARE = 0.075
"""Of a shard's draws, what its filling may cost. Shards with their own window each then fill for 7 % of a long run.

In 1,000 batches of six languages each has one shard of full length and a shorter one, and no number of workers fills
for more than 10 % of the work. Shorter shards would, longer ones would leave workers waiting at the end.
"""
LEAST_DRAWS = 64
"""Of a shard: each also has a file to be written and a message to be sent."""

Stream = tuple[str, int]
"""A language and one of its pools."""


@dataclass(frozen=True, slots=True, order=True)
class Shard:
    """The draws `first_draw` to `first_draw + draws` of one pool of a language.

    Attributes:
        language: Its name.
        pool: Which of its pools, from 0.
        first_draw: The number of draws of this pool before the shard.
        draws: The number of draws in the shard, at least 1.
    """

    language: str
    pool: int
    first_draw: int
    draws: int

    def __str__(self) -> str:
        """Names the shard in messages and file names: language, pool and draws."""
        return f"{self.language}.{self.pool}.{self.first_draw}-{self.end}"

    @property
    def stream(self) -> Stream:
        """Its language and its pool."""
        return self.language, self.pool

    @property
    def end(self) -> int:
        """The number of draws of this pool up to the end of the shard."""
        return self.first_draw + self.draws


def plan(job: Job, *, done: Iterable[Shard] = (), shard_draws: int | None = None) -> list[Shard]:
    """The shards that are missing in a run, the longest first.

    Args:
        job: The run.
        done: Shards that are there already, as `cover` chooses them: in the run, and no draw in two of them.
        shard_draws: The most draws of a shard; chosen by the window's size where it is None. It never changes the
            result.
    """
    size = shard_draws or max(LEAST_DRAWS, round(FILL_COST / FILL_SHARE * job.pool_size.batches))
    covered = _by_stream(done)
    shards = [
        Shard(*stream, first, end - first)
        for stream, draws in _streams(job).items()
        for start, stop in _gaps(covered.get(stream, ()), draws)
        for first, end in _grid(start, stop, size)
    ]
    return sorted(shards, key=lambda shard: (-shard.draws, shard))


def within(job: Job, shards: Iterable[Shard]) -> list[Shard]:
    """Those of the shards all of whose draws are the run's."""
    draws = _streams(job)
    return [shard for shard in shards if shard.end <= draws.get(shard.stream, 0)]


def cover(shards: Iterable[Shard]) -> list[Shard]:
    """Shards no two of which have a draw in common, chosen so that their draws are as many as can be.

    Runs of several lengths leave such that overlap: the last one of a stream ends where its run does, off the grid.
    """
    return [shard for stream in _by_stream(shards).values() for shard in _disjoint(stream)]


def batches_per_language(job: Job) -> dict[str, int]:
    """How many batches of the run draw from each language, in the order of the job's languages."""
    draws = _draws(job, job.num_batches)
    return {language.name: sum(pools) for language, pools in zip(job.languages, draws, strict=True)}


def _streams(job: Job) -> dict[Stream, int]:
    """The number of draws of every stream."""
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


def _disjoint(shards: Iterable[Shard]) -> list[Shard]:
    """Of a stream's shards: the best choice among the first n, by end, with the last of them or without it."""
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
    """The ranges of a stream's draws between its shards that are there, in their order."""
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
