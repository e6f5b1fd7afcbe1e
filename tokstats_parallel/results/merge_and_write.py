"""Merge and write: the last two phases of a run, which make its result from its partials."""

from collections.abc import Iterable
from pathlib import Path

from tokstats_parallel.results.collected import RunFacts, WrittenResult
from tokstats_parallel.results.merge import MEMORY, merge
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.write import write_results
from tokstats_parallel.shards.partial import Partial
from tokstats_parallel.system.clock import PhaseClock


def merge_and_write(
    facts: RunFacts,
    partials: Iterable[Partial],
    output: OutputPaths,
    *,
    spill: Path,
    clock: PhaseClock,
    memory: int = MEMORY,
    threads: int = 1,
) -> WrittenResult:
    """Merges the partials of a run, and writes and verifies the three files of its result.

    Args:
        facts: Facts about the run.
        partials: One checked partial of each shard, in any order.
        output: Paths of the files; the caller must hold the locks that `write_results` asks for.
        spill: Path of a temporary file for result rows that exceed `memory`; it does not exist afterwards.
        clock: Clock of the run. This function ends its current phase as `merge`. The caller then ends the phase of the
            writing, so the manifest has no seconds of that phase.
        memory: Maximum size of the result rows sorted in memory, in bytes; it never changes the result.
        threads: Number of threads that merge, write and verify; it never changes the result.

    Raises:
        ValueError: A draw is counted twice, or a language's number of draws differs from its number of batches.
        PartialError: A partial has been damaged since it was checked.
        OutputError: A file cannot be written or read, or its counts differ from the partials' counts.
        OverflowError: The sum of a token's counts exceeds 64 bits.
    """
    frequencies = merge(
        facts.job,
        facts.batches,
        partials,
        spill=spill,
        memory=memory,
        threads=threads,
        min_count=facts.min_count,
    )
    clock.end("merge")
    return write_results(frequencies, facts, output, seconds=clock.seconds, threads=threads)
