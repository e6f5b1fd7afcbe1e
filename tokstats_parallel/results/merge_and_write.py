"""The end of a run: its partials are merged, and the result is written and read again."""

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
    """Merges the partials of a run and writes the three files of its result.

    Args:
        facts: The run.
        partials: One partial of each shard, in any order.
        output: The paths of the files; the caller holds the lock of `output.claim`.
        spill: A file for rows that exceed the memory; it is gone at the end.
        clock: Its current phase ends as `merge`; the next one, which the caller ends, is the writing. The manifest has
            the seconds up to the merge.
        memory: Bytes of rows that are sorted in memory; it never changes the result.
        threads: The number of threads that merge, write and read again; it never changes the result.

    Raises:
        ValueError: A draw is counted twice, or a language has not as many draws as batches.
        PartialError: A partial has been damaged since it was checked.
        OutputError: A file cannot be written or read, or does not hold the sums of the shards.
        OverflowError: A sum exceeds 64 bits.
    """
    frequencies = merge(facts.job, facts.batches, partials, spill=spill, memory=memory, threads=threads)
    clock.end("merge")
    return write_results(frequencies, facts, output, seconds=clock.seconds, threads=threads)
