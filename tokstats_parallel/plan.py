"""From a job to its shards.

A shard is a contiguous run of one stream's draws (SPEC 2: "Batch i of a run", "Stream batches and pool"). Shards are
cut on a fixed grid, without a look at the workers, so that the same shards serve every number of them, and those of a
run are shards of a longer run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tokstats_parallel._native import count_draws
from tokstats_parallel.job import Job

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
        return f"{self.language}.{self.pool}.{self.first_draw}-{self.first_draw + self.draws}"


def plan(job: Job, *, first_batch: int = 0, shard_draws: int | None = None) -> list[Shard]:
    """The shards of the batches `first_batch` to `job.num_batches`, the longest first.

    Args:
        job: The run.
        first_batch: Batches at the beginning of the run that are left out.
        shard_draws: The most draws of a shard; chosen by the window's size where it is None. It never changes the
            result.
    """
    size = shard_draws or max(LEAST_DRAWS, round(FILL_COST / FILL_SHARE * job.window))
    before, after = _draws(job, first_batch), _draws(job, job.num_batches)
    shards = [
        Shard(language.name, pool, first, end - first)
        for language, starts, stops in zip(job.languages, before, after, strict=True)
        for pool, (start, stop) in enumerate(zip(starts, stops, strict=True))
        for first, end in _grid(start, stop, size)
    ]
    return sorted(shards, key=lambda shard: (-shard.draws, shard))


def batches_per_language(job: Job) -> dict[str, int]:
    """How many batches of the run draw from each language, in the order of the job's languages."""
    draws = _draws(job, job.num_batches)
    return {language.name: sum(pools) for language, pools in zip(job.languages, draws, strict=True)}


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
