"""Timetable: the phases of a run by some workers, computed from its shards.

The plan cuts the run into shards, and the schedule gives them to workers, by the code of a run; only the seconds of a
shard are taken from the costs. Partials are checked one after the other, as they come. The merge and the writing begin
after the last check. Processors are as fast and the disk as free as when the costs were measured, however many there
are.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.schedule import TimedShard, timed
from tokstats_parallel.simulate.costs import Costs
from tokstats_parallel.tasks.stretches import cut_stretches, missing_shards

_READINGS = 2  # a partial is read to be checked, and read to be merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """Phases of a run.

    Attributes:
        workers: Number of worker processes, of all tasks together.
        tasks: Number of tasks that run apart, 1 for a run by one engine.
        shards: Number of shards.
        shard_draws: Number of draws of the longest shard.
        start_seconds: Seconds until the first worker draws; twice with several tasks, of which the merge is the last.
        shards_seconds: Seconds from then until the last shard ends.
        check_seconds: Seconds from then until all partials are checked.
        merge_seconds: Seconds of merging the partials.
        write_seconds: Seconds of writing the result.
        fill_share: Part of the workers' time in `shards_seconds` that fills pools.
        idle_share: Part of the workers' time in `shards_seconds` in which they have no shard.
        written_bytes: Size of all partials, in bytes.
        read_bytes: Bytes of partials that are read to check and to merge them.
        result_bytes: Size of the JSON and the Parquet, in bytes.
        tokens: Number of tokens in the result.
    """

    workers: int
    tasks: int
    shards: int
    shard_draws: int
    start_seconds: float
    shards_seconds: float
    check_seconds: float
    merge_seconds: float
    write_seconds: float
    fill_share: float
    idle_share: float
    written_bytes: int
    read_bytes: int
    result_bytes: int
    tokens: int

    @property
    def seconds(self) -> float:
        """Seconds of the whole run."""
        return self.start_seconds + self.shards_seconds + self.check_seconds + self.merge_seconds + self.write_seconds


def timetable(job: Job, costs: Costs, workers: int, *, tasks: int = 1) -> Timetable:
    """Computes the timetable of a run that has no saved shards.

    Args:
        job: Job of the run.
        costs: Costs of its parts.
        workers: Number of worker processes, of all tasks together.
        tasks: Number of tasks that run apart, with as many workers each.

    Raises:
        ConfigError: There are more tasks than workers, or than batches.
    """
    parts = [(plan(job, workers=workers), workers)] if tasks == 1 else list(_parts(job, workers, tasks))
    runs = [one for shards, part in parts for one in timed(shards, part, costs.seconds)]
    last = max(one.end for one in runs)
    filling = sum(costs.streams[one.shard.language].fill_seconds for one in runs if not one.continues)
    busy = sum(costs.seconds(one.shard, one.continues) for one in runs)
    entries = sum(costs.entries(one.shard) for one in runs)
    tokens = costs.tokens(_draws(runs))
    written = round(entries * costs.entry_bytes)
    return Timetable(
        workers=workers,
        tasks=tasks,
        shards=len(runs),
        shard_draws=max(one.shard.draws for one in runs),
        start_seconds=costs.start_seconds * min(tasks, 2),
        shards_seconds=last,
        check_seconds=_checked([one.end for one in runs] if tasks == 1 else [last] * len(runs), costs) - last,
        merge_seconds=entries * costs.merge_seconds,
        write_seconds=tokens * costs.write_seconds,
        fill_share=filling / (last * workers),
        idle_share=1 - busy / (last * workers),
        written_bytes=written,
        read_bytes=_READINGS * written,
        result_bytes=round(tokens * costs.token_bytes),
        tokens=tokens,
    )


def _parts(job: Job, workers: int, tasks: int) -> Iterator[tuple[Sequence[Shard], int]]:
    """Yields the shards of each task, with the number of its workers."""
    if tasks > workers:
        raise ConfigError(f"--tasks {tasks}: more than the {workers:,} workers, of which each task needs one")
    for number, stretch in enumerate(cut_stretches(plan(job), tasks, window=job.pool_size.batches)):
        part = workers // tasks + (number < workers % tasks)
        yield missing_shards(job, stretch, (), workers=part, tasks=tasks), part


def _checked(ends: Sequence[float], costs: Costs) -> float:
    """Returns the time at which the last partial is checked, if they come at these times, and wait for each other."""
    now = 0.0
    for end in sorted(ends):
        now = max(now, end) + costs.check_seconds
    return now


def _draws(runs: Iterable[TimedShard]) -> dict[str, int]:
    draws: dict[str, int] = {}
    for one in runs:
        draws[one.shard.language] = draws.get(one.shard.language, 0) + one.shard.draws
    return draws
