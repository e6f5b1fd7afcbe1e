"""Partials and results without a run: functions that save counts as partials, and merge and write partials."""

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.results.collected import Collected, RunFacts
from tokstats_parallel.results.merge import MEMORY
from tokstats_parallel.results.merge_and_write import merge_and_write
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.shards.partial import Partial, check, save
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import ShardCounts
from tokstats_parallel.system.clock import PhaseClock


def counted(shard: Shard, segment: bytes, shortfall: int = 0) -> list[ShardCounts]:
    """Returns the counts of a shard whose draws all belong to its language."""
    return [ShardCounts(shard.language, segment, shortfall, shard.draws)]


def save_partial(folder: Path, shard: Shard, packed: bytes) -> Partial:
    """Saves the segment `packed` as the partial of a shard of no job; returns the partial, checked."""
    path = save(folder, shard, counted(shard, packed), job_digest="", fingerprint="")
    return check(path, job_digest="", fingerprints={})


def batches_of(partials: Iterable[Partial], languages: Iterable[str]) -> dict[str, int]:
    """Returns language -> number of batches that the partials count."""
    drawn = Counter(dict.fromkeys(languages, 0))
    for partial in partials:
        drawn[partial.shard.language] += partial.shard.draws
    return dict(drawn)


def finish(
    facts: RunFacts,
    partials: Iterable[Partial],
    output: OutputPaths,
    *,
    seconds: Mapping[str, float] | None = None,
    memory: int = MEMORY,
    threads: int = 1,
) -> Collected:
    """Merges partials and writes the result, as a run does at its end; `seconds` are the run's earlier phases."""
    clock = PhaseClock()
    clock.seconds |= seconds or {}
    spill = output.json.with_name("rows.tmp")
    written = merge_and_write(facts, partials, output, spill=spill, clock=clock, memory=memory, threads=threads)
    assert not spill.exists()
    return Collected(facts=facts, written=written, seconds=dict(clock.seconds), output=output)


def facts_of(job: Job, batches: Mapping[str, int]) -> RunFacts:
    """Returns the facts of a run of `job` without corpora, by one worker."""
    return RunFacts(job=job, job_digest=job.digest(), batches=batches, fingerprints={}, workers=1)
