"""Merge: sums the counts of a run's partials, and checks the sums against the facts that the partials state.

Each partial is read in small parts, so that its memory, some kilobytes, does not depend on its size.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import OutputError, remedy
from tokstats_parallel.shards.partial import Partial, PartialError
from tokstats_parallel.system.fault_injection import fault_point

MEMORY = 256 << 20
"""Maximum size of the result rows that are sorted in memory, in bytes: about seven million rows."""

_Segment = tuple[Path, int, int, int, int, int, tuple[tuple[int, int], ...]]
"""Segment in a file, as the core takes it: path of the partial, file offsets of the segment and behind it in bytes,
index of its language, number of its entries, sum of their counts, and its read points (see `survey_segment`)."""


def merge(
    job: Job,
    batches: Mapping[str, int],
    partials: Iterable[Partial],
    *,
    spill: Path,
    memory: int = MEMORY,
    threads: int = 1,
    min_count: int = 1,
) -> _native.Frequencies:
    """Merges the partials of a run into its frequencies: all result rows, sorted, which can be read once.

    Args:
        job: Job of the run.
        batches: Language -> number of batches that draw the language, for every language of the partials.
        partials: One checked partial of each shard, in any order.
        spill: Path of a temporary file for result rows that exceed `memory`; it is removed as soon as it is open.
        memory: Maximum size of the result rows sorted in memory, in bytes; it never changes the result.
        threads: Number of threads that merge, each one a range of the tokens; it never changes the result.
        min_count: Least count in all of a sampled token; the rows of rarer ones are left out.

    Raises:
        ValueError: A draw is counted twice, or a language's number of draws differs from its number of batches.
        PartialError: A partial has been damaged since it was checked.
        OutputError: There is no room for the result rows, a partial cannot be read, or the sums of the merged counts
            differ from the sums that the partials state.
        OverflowError: The sum of a token's counts exceeds 64 bits.
    """
    partials = list(partials)
    _check_draws(batches, partials)
    fault_point("merge-begins")
    try:
        frequencies = _native.Frequencies(
            list(_segments(batches, partials)),
            batches=list(batches.values()),
            special_tokens=[token for token, _ in job.reference.special_tokens],
            spill=spill,
            memory=memory,
            threads=threads,
        )
        frequencies.leave_out_below(min_count)
    except ValueError as error:
        raise PartialError(f"{error}; remove it and run again") from error
    except OSError as error:
        raise OutputError(f"{error}; nothing is lost: {remedy(error)} and run the same command again") from error
    fault_point("merge-sorted")
    _check_sums(batches, frequencies, partials)
    return frequencies


def _segments(batches: Iterable[str], partials: Iterable[Partial]) -> Iterator[_Segment]:
    indices = {name: index for index, name in enumerate(batches)}
    for one in partials:
        for segment in one.segments:
            yield (
                one.path,
                segment.start,
                segment.end,
                indices[segment.language],
                segment.entries,
                segment.occurrences,
                segment.read_points,
            )


def _check_draws(batches: Mapping[str, int], partials: Iterable[Partial]) -> None:
    shards = sorted(one.shard for one in partials)
    for one, other in pairwise(shards):
        if one.stream == other.stream and one.end > other.first_draw:
            raise ValueError(f"draws of shard {other} are counted twice, since {one} has them")
    draws = Counter[str]()
    for partial in partials:
        for segment in partial.segments:
            draws[segment.language] += segment.draws
    for language, count in batches.items():
        if draws[language] != count:
            raise ValueError(f"{language}: {count:,} batches, but shards of {draws[language]:,}")


def _check_sums(batches: Iterable[str], frequencies: _native.Frequencies, partials: Iterable[Partial]) -> None:
    saved = Counter[str]()
    for partial in partials:
        for segment in partial.segments:
            saved[segment.language] += segment.occurrences
    for language, merged in zip(batches, frequencies.merged, strict=True):
        if merged != saved[language]:
            raise OutputError(
                f"{language}: merged counts add up to {merged:,}, but those of its shards to {saved[language]:,}; "
                "nothing is written: run the same command again"
            )
