"""Size check: draws the sizes of every shard's vocabularies again, and compares the sizes with the shard's counts."""

from collections.abc import Iterable

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import OutputError
from tokstats_parallel.shards.partial import Partial


def check_sizes(job: Job, partials: Iterable[Partial]) -> None:
    """Checks that the counts of each shard add up to the sizes of its vocabularies.

    Raises:
        OutputError: The counts of a shard add up to another number.
    """
    for one in partials:
        expected = _native.expected_occurrences(
            seed=job.seed,
            language=one.shard.language,
            pool=one.shard.pool,
            first_draw=one.shard.first_draw,
            draws=one.shard.draws,
            vocabulary=job.vocabulary,
        )
        if one.occurrences + one.shortfall != expected:
            lacking = f", where the pools lacked {one.shortfall:,}" if one.shortfall else ""
            raise OutputError(
                f"{one.path}: counts {one.occurrences:,} tokens, but its {one.shard.draws:,} vocabularies hold "
                f"{expected - one.shortfall:,}{lacking}; nothing is written: remove it and run again"
            )
