"""Run facts: the facts about a run that its result tells, as known when all shards are finished."""

from collections.abc import Mapping

from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.results.collected import RunFacts
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.streams import batches_per_language, texts_per_language


def run_facts(setup: RunSetup, fingerprints: Mapping[str, str], *, workers: int, min_count: int) -> RunFacts:
    """Returns the facts about a run.

    Args:
        setup: Setup of the run.
        fingerprints: Language -> fingerprint of its corpus.
        workers: Number of worker processes; 0 if the run merges the shards of tasks.
        min_count: Least count in all of a sampled token that is written.
    """
    return RunFacts(
        job=setup.job,
        job_digest=setup.job_digest,
        batches=batches_per_language(setup.job),
        texts=texts_per_language(setup.job) if setup.job.pooling is Pooling.MIXED else None,
        fingerprints=fingerprints,
        use=setup.use,
        workers=workers,
        min_count=min_count,
    )
