"""From partials to the result: one merge, whose sums are those of the shards.

Partials are read from their files as streams, so memory does not depend on their size, and on their number by some
kilobytes for each.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import OutputError, remedy
from tokstats_parallel.shards.partial import Partial, PartialError
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.fault_injection import fault_point

MEMORY = 256 << 20
"""Bytes of rows that are sorted in memory: some seven million."""

_Run = tuple[Path, int, int, int, int, tuple[tuple[int, int], ...]]


def merge(
    job: Job,
    batches: Mapping[str, int],
    partials: Iterable[Partial],
    *,
    spill: Path,
    memory: int = MEMORY,
    threads: int = 1,
) -> _native.Frequencies:
    """The result of a run, to be read once.

    Args:
        job: The run.
        batches: Language -> number of batches that drew from it; every language of a partial is in it.
        partials: One of each shard, in any order.
        spill: A file for rows that exceed the memory; nothing is left of it.
        memory: Bytes of rows that are kept in memory; it never changes the result.
        threads: How many threads merge, each a range of the tokens; it never changes the result.

    Raises:
        ValueError: A draw is counted twice, or a language has not as many draws as batches.
        PartialError: A partial has been damaged since it was checked.
        OutputError: There is no room for the rows, or a partial cannot be read; or the sums of the merged counts are
            not those of the shards.
        OverflowError: A sum exceeds 64 bits.
    """
    numbers = {name: number for number, name in enumerate(batches)}
    runs: dict[Shard, _Run] = {}
    for one in partials:
        if one.shard in runs:
            raise ValueError(f"shard {one.shard} is counted twice")
        language = numbers[one.shard.language]
        runs[one.shard] = (one.path, one.start, language, one.entries, one.occurrences, one.places)
    _check_draws(batches, runs)
    fault_point("merge-begins")
    try:
        frequencies = _native.Frequencies(
            list(runs.values()),
            batches=list(batches.values()),
            special_tokens=[token for token, _ in job.reference.special_tokens],
            spill=spill,
            memory=memory,
            threads=threads,
        )
    except ValueError as error:
        raise PartialError(f"{error}; remove it and run again") from error
    except OSError as error:
        raise OutputError(f"{error}; nothing is lost: {remedy(error)} and run the same command again") from error
    fault_point("merge-sorted")
    _check_sums(batches, frequencies, runs)
    return frequencies


def _check_draws(batches: Mapping[str, int], shards: Iterable[Shard]) -> None:
    ordered = sorted(shards)
    for one, other in pairwise(ordered):
        if one.stream == other.stream and one.end > other.first_draw:
            raise ValueError(f"draws of shard {other} are counted twice, since {one} has them")
    draws = Counter[str]()
    for shard in ordered:
        draws[shard.language] += shard.draws
    for language, count in batches.items():
        if draws[language] != count:
            raise ValueError(f"{language}: {count:,} batches, but shards of {draws[language]:,}")


def _check_sums(batches: Iterable[str], frequencies: _native.Frequencies, runs: Mapping[Shard, _Run]) -> None:
    saved = Counter[str]()
    for shard, (*_, occurrences, _places) in runs.items():
        saved[shard.language] += occurrences
    for language, merged in zip(batches, frequencies.merged, strict=True):
        if merged != saved[language]:
            raise OutputError(
                f"{language}: merged counts add up to {merged:,}, but those of its shards to {saved[language]:,}; "
                "nothing is written: run the same command again"
            )
