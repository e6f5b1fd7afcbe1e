"""Partials and results without a run: saves counts as shards, and merges and writes them."""

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
from tokstats_parallel.system.clock import PhaseClock


def save_partial(folder: Path, shard: Shard, packed: bytes) -> Partial:
    """A partial of a shard, saved and checked; it is of no job."""
    path = save(folder, shard, packed, job_digest="", fingerprint="")
    return check(path, job_digest="", fingerprints={})


def batches_of(partials: Iterable[Partial], languages: Iterable[str]) -> dict[str, int]:
    """The number of batches of each language, so that all are drawn."""
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
    """Merges and writes a result as the end of a run does, after phases of these seconds."""
    clock = PhaseClock()
    clock.seconds |= seconds or {}
    spill = output.json.with_name("rows.tmp")
    written = merge_and_write(facts, partials, output, spill=spill, clock=clock, memory=memory, threads=threads)
    assert not spill.exists()
    return Collected(facts=facts, written=written, seconds=dict(clock.seconds), output=output)


def facts_of(job: Job, batches: Mapping[str, int]) -> RunFacts:
    """The facts of a run without corpora, by one worker."""
    return RunFacts(job=job, job_digest=job.digest(), batches=batches, fingerprints={}, workers=1)
