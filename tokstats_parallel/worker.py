"""A shard's work: the same function in this process, in a worker process, or on another machine."""

from tokstats_parallel import _native
from tokstats_parallel.corpus import Corpus
from tokstats_parallel.errors import CorpusError
from tokstats_parallel.job import Job
from tokstats_parallel.plan import Shard


def run_shard(job: Job, shard: Shard, corpus: Corpus) -> bytes:
    """Runs a shard: a pure function of its arguments.

    Returns:
        The shard's run (see `partial`).

    Raises:
        CorpusError: The corpus cannot be read, or a row of it is not UTF-8.
    """
    try:
        return _run(job, shard, corpus)
    except (ValueError, OSError) as error:
        raise CorpusError(
            f"{corpus.handle.path}: {error}; if this is a cache file, run `tokstats cache clear`; then run again"
        ) from error


def _run(job: Job, shard: Shard, corpus: Corpus) -> bytes:
    return _native.run_shard(
        corpus.column,
        seed=job.seed,
        language=shard.language,
        pool=shard.pool,
        first_draw=shard.first_draw,
        draws=shard.draws,
        span=job.span,
        pack=job.pack,
        crop=job.crop,
        eos=job.reference.eos_token or "",
        batch_texts=job.batch_texts,
        window=job.window,
        size_mean=job.size_mean,
        size_std=job.size_std,
        size_min=job.size_min,
        size_max=job.size_max,
        noise_mean=job.noise_mean,
        noise_std=job.noise_std,
    )
