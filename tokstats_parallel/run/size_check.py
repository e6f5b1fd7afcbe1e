"""Size check: the counts of every shard are compared with the sizes of its vocabularies, which are drawn again."""

from collections.abc import Iterable

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import OutputError
from tokstats_parallel.shards.partial import Partial


def check_sizes(job: Job, partials: Iterable[Partial]) -> None:
    """Checks that each shard counts as many tokens as its draws put into vocabularies.

    Raises:
        OutputError: A shard counts more or fewer.
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
