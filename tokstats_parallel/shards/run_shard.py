"""Run shard: runs single shards, or single draws for their vocabularies, in any process."""

import ctypes
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from tokstats_parallel._native import ShardRunner
from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import Corpus
from tokstats_parallel.errors import CorpusError, machine_failure, not_readable_now
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.streams import Draw, Stream, languages_of_stream

_T = TypeVar("_T")

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
_KEPT_BYTES, _LARGEST_KEPT_BYTES = 2**31 - 1, 2**25


class ShardCounts(NamedTuple):
    """Counts of the draws of a shard that belong to one language.

    Attributes:
        language: Name of the language, or `all` if languages are mixed.
        segment: Segment of (substring, number of the draws' vocabularies that held the substring).
        shortfall: Number of substrings by which the vocabularies are smaller than their drawn sizes; 0 if every pool
            had enough substrings.
        draws: Number of the draws.
    """

    language: str
    segment: bytes
    shortfall: int
    draws: int


class DrawnVocabulary(NamedTuple):
    """Vocabulary of one draw, before the special tokens are put in, with the texts that the draw put into its pool.

    Attributes:
        language: Name of the language for which the draw counts, or `all` if languages are mixed.
        noise: Noise level: the standard deviation of the noise on relative scores.
        pieces: Pieces with their Unigram scores: the 256 bytes, the 135 white-space pieces, then the substrings by
            falling noised score (SPEC 2, "A batch's tokenizer").
        texts: (language, text) of each text of the draw's newest stream batch, in the order of the stream.
    """

    language: str
    noise: float
    pieces: list[tuple[str, float]]
    texts: list[tuple[str, str]]


class ShardWorker:
    """Runner of one shard at a time, which keeps the pool of the last shard's stream.

    A shard's counts are a pure function of job, shard and corpus; earlier shards have no influence. If a shard begins
    at the end of the last shard, the kept pool needs no filling. Memory: one pool and its tables.
    """

    def __init__(self, job: Job) -> None:
        """Takes the job of all shards."""
        self._job = job
        self._stream: tuple[str, int, tuple[Corpus, ...]] | None = None
        self._runner: ShardRunner | None = None

    def run(self, shard: Shard, corpora: Sequence[Corpus]) -> list[ShardCounts]:
        """Runs a shard, and returns its counts: one for each language that has draws in it.

        Args:
            shard: Shard to run.
            corpora: Corpora of the languages of the shard's stream (see `languages_of_stream`), in their order.

        Raises:
            CorpusError: The corpus cannot be read, a row is not UTF-8, or nearly all rows are empty.
        """
        counts = self._with_runner(shard.stream, corpora, lambda runner: runner.run(shard.first_draw, shard.draws))
        named = (ShardCounts(name, *one) for name, one in zip(self._counted(shard.stream), counts, strict=True))
        return [one for one in named if one.draws]

    def vocabulary(self, draw: Draw, corpora: Sequence[Corpus]) -> DrawnVocabulary:
        """Runs a draw, and returns its vocabulary, whose pieces are those that a shard with this draw counts.

        A pool that is kept from a draw shortly before this one of the same stream needs less filling; it never changes
        the result.

        Args:
            draw: Draw to run.
            corpora: Corpora of the languages of the draw's stream (see `languages_of_stream`), in their order.

        Raises:
            CorpusError: As for `run`.
        """
        index, noise, pieces, texts = self._with_runner(
            draw.stream, corpora, lambda runner: runner.vocabulary(draw.number)
        )
        named = [(corpora[language].name, text) for language, text in texts]
        return DrawnVocabulary(self._counted(draw.stream)[index], noise, pieces, named)

    def _counted(self, stream: Stream) -> list[str]:
        """Returns the names of the languages that are counted apart in a stream, in the core's order."""
        is_shared = self._job.pooling is Pooling.SHARED
        return [one.name for one in languages_of_stream(self._job, stream[0])] if is_shared else [stream[0]]

    def _with_runner(self, stream: Stream, corpora: Sequence[Corpus], call: Callable[[ShardRunner], _T]) -> _T:
        """Calls the core with the runner of a stream, which is kept for the next call, and explains its errors."""
        opened = (*stream, tuple(corpora))
        runner = self._runner if self._stream == opened else None
        self._stream = self._runner = None  # so that only one pool is in memory, and no runner is used after an error
        try:
            runner = runner or _runner(self._job, stream, corpora)
            result = call(runner)
        except LookupError as error:
            raise CorpusError(
                f"{_listed(corpora)}: {error}; leave the empty rows of {stream[0]!r} out of its data"
            ) from error
        except (ValueError, OSError) as error:
            if failure := machine_failure(error):
                raise CorpusError(not_readable_now(_listed(corpora), failure)) from error
            raise CorpusError(
                f"{_listed(corpora)}: {error}; if this is a cache file, run `tokstats cache clear`; then run again"
            ) from error
        self._stream, self._runner = opened, runner
        return result


def run_shard(job: Job, shard: Shard, corpora: Sequence[Corpus]) -> list[ShardCounts]:
    """Runs one shard without keeping its pool; arguments, result and errors are as for `ShardWorker.run`."""
    return ShardWorker(job).run(shard, corpora)


def _runner(job: Job, stream: Stream, corpora: Sequence[Corpus]) -> ShardRunner:
    name, pool = stream
    languages = languages_of_stream(job, name)
    return ShardRunner(
        [(one.name, one.weight, corpus.column) for one, corpus in zip(languages, corpora, strict=True)],
        pooling=job.pooling,
        seed=job.seed,
        language=name,
        pool=pool,
        texts=job.texts,
        pool_size=job.pool_size,
        vocabulary=job.vocabulary,
    )


def _listed(corpora: Sequence[Corpus]) -> str:
    """Returns the paths of the corpora, for the message of an error that does not say which one it is about."""
    return " or ".join(str(corpus.handle.path) for corpus in corpora)


def keep_memory() -> None:
    """Makes this process keep freed memory for the next shard, instead of returning it to the system.

    The system zeroes new memory page by page, and this takes some 3 % of a shard's time. Allocations above 32 MB are
    returned all the same. If the C library is not glibc, this function does nothing.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_KEPT_BYTES)
