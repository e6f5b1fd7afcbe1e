"""From a few draws to a whole run: seconds, memory, sizes. All of it is estimated.

Seconds: every shard of the plan takes its language's draws, and its filling unless its worker has the window already;
the shards go to the workers as in a run; waiting is added in proportion. Tokens: their number grows as a power of the
draws, whose exponent falls by `DECAY` with every doubling (on code 0.36 at 10 draws and 0.28 at 200). Sizes and the
time of writing are those of the measured draws' own result, for each token. A language that was not measured counts as
the others on average.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from tokstats_parallel.config.job import Job
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.schedule import makespan
from tokstats_parallel.validate.measure import Measured
from tokstats_parallel.validate.sample_result import Specimen
from tokstats_parallel.validate.timed_draws import FEWER, Timing

DECAY = 0.08
MOST_PLANNED = 10**6
"""Batches: a longer run is planned up to here, and its other numbers go up in proportion."""
MEMORY_RESERVE = 1.3
"""A shard of the run is longer than the measured one, and its tables grow by doubling."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a run will take.

    Attributes:
        workers: Worker processes.
        start_seconds: Until the first worker draws, with the loading of the reference tokenizer.
        convert_seconds: Reading and converting corpora.
        draw_seconds: Running the shards.
        write_seconds: Merging and writing.
        worker_bytes: Memory of a worker, at the most.
        tokens: Tokens of the result.
        json_bytes: Size of the JSON.
        parquet_bytes: Size of the Parquet.
        partial_bytes: Size of the partials, which are on disk until the end.
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
        """Of the whole run."""
        return self.start_seconds + self.convert_seconds + self.draw_seconds + self.write_seconds

    @property
    def disk_bytes(self) -> int:
        """What the output's folder must have room for."""
        return self.json_bytes + self.parquet_bytes + self.partial_bytes


@dataclass(frozen=True, slots=True)
class Plan:
    """The shards of a run, or of its beginning, and how many times as long the run is."""

    shards: tuple[Shard, ...]
    scale: float

    @classmethod
    def of(cls, job: Job) -> "Plan":
        """The plan of a run."""
        planned = min(job.num_batches, MOST_PLANNED)
        return cls(tuple(plan(replace(job, num_batches=planned))), job.num_batches / planned)

    def draws(self) -> dict[str, float]:
        """Language -> draws in the run."""
        draws: dict[str, float] = {}
        for shard in self.shards:
            draws[shard.language] = draws.get(shard.language, 0.0) + shard.draws * self.scale
        return draws


def estimate(
    job: Job,
    planned: Plan,
    measured: Measured,
    *,
    workers: int,
    setup_seconds: float,
    read_seconds: float,
    held_bytes: int,
) -> Estimate:
    """What a run will take.

    Args:
        job: The run.
        planned: Its plan.
        measured: A timing of at least one language.
        workers: The number of its worker processes.
        setup_seconds: Before the corpora are opened.
        read_seconds: Reading and checking what has to be converted.
        held_bytes: Rows that every process reads and holds for itself, because there is no cache.

    Raises:
        OutputError: There is no room for the measured draws' own result.
    """
    timings = {name: measured.timings.get(name) or _average(measured) for name in planned.draws()}
    tokens = {name: _tokens(timings[name], draws) for name, draws in planned.draws().items()}
    specimen = Specimen.of(job, measured.timings)
    unique = round(sum(tokens.values()) * specimen.shared)
    return Estimate(
        workers=workers,
        start_seconds=setup_seconds + measured.start_seconds + (read_seconds if held_bytes else 0.0),
        convert_seconds=read_seconds,
        draw_seconds=_makespan(planned, timings, workers) * measured.stretch,
        write_seconds=specimen.seconds * unique,
        worker_bytes=round(measured.worker_bytes * MEMORY_RESERVE) + held_bytes,
        tokens=unique,
        json_bytes=round(specimen.json_bytes * unique),
        parquet_bytes=round(specimen.parquet_bytes * unique),
        partial_bytes=_partial_bytes(planned, timings),
    )


def _average(measured: Measured) -> Timing:
    """The timing of a language that was not measured."""
    some = list(measured.timings.values())
    return replace(
        some[0],
        fill_seconds=fmean(timing.fill_seconds for timing in some),
        draw_seconds=fmean(timing.draw_seconds for timing in some),
    )


def _tokens(timing: Timing, draws: float) -> float:
    """The number of different tokens in so many draws."""
    fewer = timing.draws // FEWER
    if not timing.fewer_tokens:
        return timing.tokens * draws / timing.draws
    exponent = math.log(timing.tokens / timing.fewer_tokens) / math.log(timing.draws / fewer)
    doublings = math.log2(draws / timing.draws)
    if doublings > 0:
        doublings = -math.expm1(-DECAY * doublings) / DECAY
    return float(timing.tokens * 2 ** (exponent * doublings))


def _makespan(planned: Plan, timings: Mapping[str, Timing], workers: int) -> float:
    """Seconds until the last worker has ended its last shard, where nothing is waited for."""

    def seconds(shard: Shard, goes_on: bool) -> float:
        timing = timings[shard.language]
        return timing.draw_seconds * shard.draws + (0.0 if goes_on else timing.fill_seconds)

    return makespan(planned.shards, workers, seconds) * planned.scale


def _partial_bytes(planned: Plan, timings: Mapping[str, Timing]) -> int:
    """The size of all shards' runs."""
    sizes = [
        len(timings[shard.language].run)
        / max(1, timings[shard.language].tokens)
        * _tokens(timings[shard.language], shard.draws)
        for shard in planned.shards
    ]
    return round(sum(sizes) * planned.scale)
