"""Estimate of a run's seconds, memory and sizes, from a few timed draws.

Seconds: every shard of the plan takes the time of its draws, and of filling a pool unless its worker has the pool
already; the shards go to the workers as in a run; waiting is added in proportion. Tokens: their number grows as a power
of the draws, whose exponent falls by `EXPONENT_DECAY` with every doubling (on code 0.36 at 10 draws and 0.28 at 200).
Sizes and the time of writing are those of the timed draws' own result, for each token. A language that was not
timed counts as the average of the others.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from tokstats_parallel.config.job import Job
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.schedule import makespan
from tokstats_parallel.validate.measure import Measurements
from tokstats_parallel.validate.sample_result import SampleResult
from tokstats_parallel.validate.timed_draws import FEWER_DIVISOR, TimedDraws

EXPONENT_DECAY = 0.08
MAX_PLANNED_BATCHES = 10**6
"""Batches of the longest run that is planned whole; longer ones are estimated in proportion."""
MEMORY_RESERVE = 1.3
"""A shard of the run is longer than the measured one, and its tables grow by doubling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Estimated costs of a run.

    Attributes:
        workers: Number of worker processes.
        start_seconds: Seconds until the first worker draws, with the loading of the reference tokenizer.
        convert_seconds: Seconds of reading and converting corpora.
        draw_seconds: Seconds of running the shards.
        write_seconds: Seconds of merging and writing.
        worker_bytes: Greatest memory of a worker.
        tokens: Number of tokens in the result.
        json_bytes: Size of the JSON.
        parquet_bytes: Size of the Parquet.
        partial_bytes: Size of the partials, which are on disk until the end of the run.
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
        """Seconds of the whole run."""
        return self.start_seconds + self.convert_seconds + self.draw_seconds + self.write_seconds

    @property
    def disk_bytes(self) -> int:
        """Bytes that must be free in the output's folder."""
        return self.json_bytes + self.parquet_bytes + self.partial_bytes


@dataclass(frozen=True, slots=True)
class ScaledPlan:
    """Shards of a run, or of its beginning, and the length of the run as a multiple of theirs."""

    shards: tuple[Shard, ...]
    scale: float

    @classmethod
    def of(cls, job: Job) -> "ScaledPlan":
        """Plans a run, at most its first `MAX_PLANNED_BATCHES`."""
        planned = min(job.num_batches, MAX_PLANNED_BATCHES)
        return cls(tuple(plan(replace(job, num_batches=planned))), job.num_batches / planned)

    def draws(self) -> dict[str, float]:
        """Returns language -> draws in the run."""
        draws: dict[str, float] = {}
        for shard in self.shards:
            draws[shard.language] = draws.get(shard.language, 0.0) + shard.draws * self.scale
        return draws


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
    """Estimates a run.

    Args:
        job: Job of the run.
        planned: Plan of the run.
        measured: Timed draws of at least one language.
        workers: Number of worker processes.
        setup_seconds: Seconds before the corpora are opened.
        read_seconds: Seconds of reading and checking the corpora that are not converted.
        held_bytes: Bytes of rows that every process holds in memory where there is no cache; else 0.

    Raises:
        OutputError: There is no room for the result of the timed draws.
    """
    timings = {name: measured.timings.get(name) or _average(measured) for name in planned.draws()}
    tokens = {name: _tokens(timings[name], draws) for name, draws in planned.draws().items()}
    sample_result = SampleResult.of(job, measured.timings)
    unique = round(sum(tokens.values()) * sample_result.distinct_share)
    return Estimate(
        workers=workers,
        start_seconds=setup_seconds + measured.start_seconds + (read_seconds if held_bytes else 0.0),
        convert_seconds=read_seconds,
        draw_seconds=_makespan(planned, timings, workers) * measured.slowdown,
        write_seconds=sample_result.seconds * unique,
        worker_bytes=round(measured.worker_bytes * MEMORY_RESERVE) + held_bytes,
        tokens=unique,
        json_bytes=round(sample_result.json_bytes * unique),
        parquet_bytes=round(sample_result.parquet_bytes * unique),
        partial_bytes=_partial_bytes(planned, timings),
    )


def _average(measured: Measurements) -> TimedDraws:
    """Timing of a language that was not timed: the average of the others."""
    some = list(measured.timings.values())
    return replace(
        some[0],
        fill_seconds=fmean(timing.fill_seconds for timing in some),
        draw_seconds=fmean(timing.draw_seconds for timing in some),
    )


def _tokens(timing: TimedDraws, draws: float) -> float:
    """Estimated number of different tokens in so many draws."""
    fewer = timing.draws // FEWER_DIVISOR
    if not timing.fewer_tokens:
        return timing.tokens * draws / timing.draws
    exponent = math.log(timing.tokens / timing.fewer_tokens) / math.log(timing.draws / fewer)
    doublings = math.log2(draws / timing.draws)
    if doublings > 0:
        doublings = -math.expm1(-EXPONENT_DECAY * doublings) / EXPONENT_DECAY
    return float(timing.tokens * 2 ** (exponent * doublings))


def _makespan(planned: ScaledPlan, timings: Mapping[str, TimedDraws], workers: int) -> float:
    """Seconds until the last worker ends its last shard, without any waiting."""

    def seconds(shard: Shard, continues: bool) -> float:
        timing = timings[shard.language]
        return timing.draw_seconds * shard.draws + (0.0 if continues else timing.fill_seconds)

    return makespan(planned.shards, workers, seconds) * planned.scale


def _partial_bytes(planned: ScaledPlan, timings: Mapping[str, TimedDraws]) -> int:
    """Size of the counts of all shards, in bytes."""
    sizes = [
        len(timings[shard.language].segment)
        / max(1, timings[shard.language].tokens)
        * _tokens(timings[shard.language], shard.draws)
        for shard in planned.shards
    ]
    return round(sum(sizes) * planned.scale)
