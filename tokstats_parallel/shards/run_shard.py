"""Runs shards: the same code in this process, in a worker process, or on another machine."""

import ctypes
from typing import NamedTuple

from tokstats_parallel._native import ShardRunner
from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import Corpus
from tokstats_parallel.errors import CorpusError
from tokstats_parallel.shards.plan import Shard

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
_KEPT_BYTES, _LARGEST_KEPT_BYTES = 2**31 - 1, 2**25


class ShardCounts(NamedTuple):
    """Counts of a shard.

    Attributes:
        segment: Substring -> number of vocabularies that held it, packed (see `partial`).
        shortfall: Sum of the substrings by which pools fell short of the drawn sizes; 0 if each had enough.
    """

    segment: bytes
    shortfall: int


class ShardWorker:
    """Runs one shard after the other, and keeps the pool of the last one's stream.

    A shard's segment is a pure function of job, shard and corpus; shards that ran before have no influence. The kept
    pool only saves the filling of one if a shard continues the last one. Memory: one pool and its tables.
    """

    def __init__(self, job: Job) -> None:
        """Takes the job."""
        self._job = job
        self._stream: tuple[str, int, Corpus] | None = None
        self._runner: ShardRunner | None = None

    def run(self, shard: Shard, corpus: Corpus) -> ShardCounts:
        """Runs a shard; `corpus` has the rows of its language.

        Raises:
            CorpusError: The corpus cannot be read, a row of it is not UTF-8, or nearly all rows are empty.
        """
        stream = (shard.language, shard.pool, corpus)
        runner = self._runner if self._stream == stream else None
        self._stream = self._runner = None  # one runner at a time, and no runner is used after an error
        try:
            runner = runner or _runner(self._job, shard, corpus)
            counts = ShardCounts(*runner.run(shard.first_draw, shard.draws))
        except LookupError as error:
            raise CorpusError(
                f"{corpus.handle.path}: {error}; leave the empty rows of {shard.language!r} out of its data"
            ) from error
        except (ValueError, OSError) as error:
            raise CorpusError(
                f"{corpus.handle.path}: {error}; if this is a cache file, run `tokstats cache clear`; then run again"
            ) from error
        self._stream, self._runner = stream, runner
        return counts


def run_shard(job: Job, shard: Shard, corpus: Corpus) -> ShardCounts:
    """Runs one shard, and keeps no pool; arguments and errors as for `ShardWorker.run`."""
    return ShardWorker(job).run(shard, corpus)


def _runner(job: Job, shard: Shard, corpus: Corpus) -> ShardRunner:
    return ShardRunner(
        corpus.column,
        seed=job.seed,
        language=shard.language,
        pool=shard.pool,
        texts=job.texts,
        pool_size=job.pool_size,
        vocabulary=job.vocabulary,
    )


def keep_memory() -> None:
    """Makes this process keep freed memory for the next shard, instead of returning it to the system.

    New memory of the system is zeroed page by page, which takes some 3 % of a shard's time. Blocks above 32 MB are
    returned all the same, and all memory is if the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
