"""Estimate of a run's seconds, memory and sizes, from a few timed draws.

Seconds: every shard of the plan takes the time of its draws, and the time of filling a pool unless its worker has the
pool already. The shards are given to the workers as in a run, and the seconds of waiting are added in proportion.
Tokens: their number grows with the draws (see `token_growth`). Sizes and seconds of writing: each token costs as much
as in the sample result. Languages that were not timed count as the average of the timed ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tokstats_parallel.config.job import Job
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.schedule import makespan
from tokstats_parallel.validate.measure import Measurements
from tokstats_parallel.validate.sample_result import SampleResult
from tokstats_parallel.validate.timed_draws import TimedDraws

MAX_PLANNED_BATCHES = 10**6
"""Maximum number of batches that are planned; the shards of a longer run are estimated in proportion."""
MEMORY_FACTOR = 1.3
"""Memory of a worker over the measured memory: a shard of the run has more draws, and hash tables grow by doubling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Estimated costs of a run.

    Attributes:
        workers: Number of worker processes.
        start_seconds: Seconds until the first worker draws, the loading of the reference tokenizer included.
        convert_seconds: Seconds of reading and converting corpora.
        draw_seconds: Seconds in which the workers run the shards.
        write_seconds: Seconds of merging the partials and writing the result.
        worker_bytes: Maximum memory of a worker, in bytes.
        tokens: Number of tokens in the result.
        json_bytes: Size of the JSON file, in bytes.
        parquet_bytes: Size of the Parquet file, in bytes.
        partial_bytes: Size of all partials, in bytes; partials stay on disk until the end of the run.
    """

    workers: int
    start_seconds: float
    convert_seconds: float
    draw_seconds: float
    write_seconds: float
    worker_bytes: int
    tokens: int
    json_bytes: int
    parquet_bytes: int
    partial_bytes: int

    @property
    def seconds(self) -> float:
        """Estimated seconds of the whole run."""
        return self.start_seconds + self.convert_seconds + self.draw_seconds + self.write_seconds

    @property
    def disk_bytes(self) -> int:
        """Bytes that the result and the partials need in the output's folder."""
        return self.json_bytes + self.parquet_bytes + self.partial_bytes


@dataclass(frozen=True, slots=True)
class ScaledPlan:
    """Plan of a run, or of the beginning of a long run.

    Attributes:
        shards: Shards of the planned batches.
        scale: Number of batches of the run over the number of planned batches.
    """

    shards: tuple[Shard, ...]
    scale: float

    @classmethod
    def of(cls, job: Job, workers: int) -> "ScaledPlan":
        """Plans the first batches of a run by that many workers, as the run would."""
        first = first_batches(job)
        return cls(tuple(plan(first, workers=workers)), job.num_batches / first.num_batches)

    def draws(self) -> dict[str, float]:
        """Returns language -> number of draws in the whole run."""
        draws: dict[str, float] = {}
        for shard in self.shards:
            draws[shard.language] = draws.get(shard.language, 0.0) + shard.draws * self.scale
        return draws


def first_batches(job: Job) -> Job:
    """Returns a job with the first batches of a run, at most `MAX_PLANNED_BATCHES`."""
    return replace(job, num_batches=min(job.num_batches, MAX_PLANNED_BATCHES))


def estimate(
    job: Job,
    planned: ScaledPlan,
    measured: Measurements,
    *,
    workers: int,
    setup_seconds: float,
    read_seconds: float,
    held_bytes: int,
) -> Estimate:
    """Estimates the costs of a run from its plan and from timed draws.

    Args:
        job: Job of the run.
        planned: Plan of the run.
        measured: Timed draws of at least one language.
        workers: Number of worker processes.
        setup_seconds: Seconds of loading the reference tokenizer.
        read_seconds: Seconds of reading and checking the corpora that are not converted yet.
        held_bytes: Bytes of rows that every process holds in memory; 0 if the cache is used.

    Raises:
        OSError: No temporary folder can be made.
        OutputError: The temporary folder has no room for the sample result.
    """
    timings = {name: measured.timing_of(name) for name in planned.draws()}
    tokens = {name: timings[name].growth.after(draws) for name, draws in planned.draws().items()}
    sample_result = SampleResult.of(job, measured.timings)
    unique = round(sum(tokens.values()) * sample_result.distinct_share)
    return Estimate(
        workers=workers,
        start_seconds=setup_seconds + measured.start_seconds + (read_seconds if held_bytes else 0.0),
        convert_seconds=read_seconds,
        draw_seconds=_makespan(planned, timings, workers) * measured.slowdown,
        write_seconds=sample_result.seconds * unique,
        worker_bytes=round(measured.worker_bytes * MEMORY_FACTOR) + held_bytes,
        tokens=unique,
        json_bytes=round(sample_result.json_bytes * unique),
        parquet_bytes=round(sample_result.parquet_bytes * unique),
        partial_bytes=_partial_bytes(planned, timings),
    )


def _makespan(planned: ScaledPlan, timings: Mapping[str, TimedDraws], workers: int) -> float:
    """Returns the seconds until all workers have run all shards, if no worker waits for the disk or a processor."""

    def seconds(shard: Shard, continues: bool) -> float:
        timing = timings[shard.language]
        return timing.draw_seconds * shard.draws + (0.0 if continues else timing.fill_seconds)

    return makespan(planned.shards, workers, seconds) * planned.scale


def _partial_bytes(planned: ScaledPlan, timings: Mapping[str, TimedDraws]) -> int:
    """Returns the estimated size of the segments of all shards, in bytes."""
    sizes = [
        timings[shard.language].partial_bytes
        / max(1, timings[shard.language].tokens)
        * timings[shard.language].growth.after(shard.draws)
        for shard in planned.shards
    ]
    return round(sum(sizes) * planned.scale)
