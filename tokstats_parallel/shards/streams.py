"""Streams: the random sequences of texts that fill a job's pools, with the languages and the draws of each.

Each pool has a stream of its own. It has the texts of one language, unless the job mixes languages in a pool or lets
them share one (SPEC 2, "Mixed languages" and "Shared pool"); such streams bear the name `all` or `shared` in place of a
language's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from tokstats_parallel._native import count_draws, count_turns, locate_draws
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.sampling import Pooling

Stream = tuple[str, int]
"""Name of a language, or of the streams of all languages, and index of one of its pools."""


class Draw(NamedTuple):
    """Draw of one batch of a run.

    Attributes:
        stream: Stream from which the batch draws.
        number: Number of the stream's draws before this one.
    """

    stream: Stream
    number: int


def draws_of_batches(job: Job, batches: Sequence[int]) -> list[Draw]:
    """Returns the draw of each of the batches, whose numbers must rise (SPEC 2, "Batch i of a run").

    The length of the job's run has no influence. Time: some 0.2 s for each million batches up to the last one.
    """
    names = _drawn_names(job)
    located = locate_draws(names, seed=job.seed, pools=job.pools, batches=batches)
    return [Draw((names[language][0], pool), number) for language, pool, number in located]


def draws_of_streams(job: Job) -> dict[Stream, int]:
    """Returns the number of draws of every stream."""
    names = [name for name, _ in _drawn_names(job)]
    return {
        (name, pool): count
        for name, pools in zip(names, _draws(job, job.num_batches), strict=True)
        for pool, count in enumerate(pools)
    }


def languages_of_stream(job: Job, name: str) -> tuple[Language, ...]:
    """Returns the languages whose rows become texts of the streams with this name, in the job's order.

    The weight of a language that shares no pool has no influence on its stream, and is 1.
    """
    return (Language(name, 1.0),) if job.pooling is Pooling.SEPARATE else job.languages


def fingerprints_of_streams(job: Job, fingerprints: Mapping[str, str]) -> dict[str, str]:
    """Returns the fingerprint of the rows of each stream, by the stream's name.

    Args:
        job: Job of the streams.
        fingerprints: Language -> fingerprint of its corpus, for all languages of the streams that are asked for.
    """
    name = job.pooling.stream_name
    if name is None:
        return dict(fingerprints)
    listed = "\n".join(f"{language.name} {fingerprints[language.name]}" for language in job.languages)
    return {name: hashlib.sha256(listed.encode()).hexdigest()}


def batches_per_language(job: Job) -> dict[str, int]:
    """Returns the number of batches of each language, in the job's order; all are of `all` if languages are mixed."""
    if job.pooling is Pooling.SHARED:
        window = job.pool_size.batches
        return _turns(job, {pool: (window, window + draws) for (_, pool), draws in draws_of_streams(job).items()})
    draws = _draws(job, job.num_batches)
    return {name: sum(pools) for (name, _), pools in zip(_drawn_names(job), draws, strict=True)}


def texts_per_language(job: Job) -> dict[str, int]:
    """Returns the number of texts of each language in the pools of a run, every text counted once.

    The first draw of a pool needs the stream batches 1 to W, each further draw one more (SPEC 2).
    """
    size, window = job.pool_size.batch_texts, job.pool_size.batches
    ends = {stream: draws + window for stream, draws in draws_of_streams(job).items() if draws}
    if job.pooling is Pooling.MIXED:
        return _turns(job, {pool: (size, size * end) for (_, pool), end in ends.items()})
    if job.pooling is Pooling.SHARED:
        batches = _turns(job, {pool: (1, end) for (_, pool), end in ends.items()})
        return {name: size * number for name, number in batches.items()}
    texts = dict.fromkeys((language.name for language in job.languages), 0)
    for (name, _), end in ends.items():
        texts[name] += size * (end - 1)
    return texts


def _turns(job: Job, ranges: Mapping[int, tuple[int, int]]) -> dict[str, int]:
    """Counts the turns of each language in a range of turns of every pool."""
    counts = dict.fromkeys((language.name for language in job.languages), 0)
    weights = [language.weight for language in job.languages]
    for pool, (first, end) in ranges.items():
        turns = count_turns(weights, pooling=job.pooling, seed=job.seed, pool=pool, first=first, end=end)
        for name, number in zip(counts, turns, strict=True):
            counts[name] += number
    return counts


def _drawn_names(job: Job) -> list[tuple[str, float]]:
    """Returns the names that batches draw, with their weights: the languages', or the one of all languages."""
    name = job.pooling.stream_name
    return [(name, 1.0)] if name else [(language.name, language.weight) for language in job.languages]


@lru_cache(maxsize=4)  # a run asks several times, and a million batches take 0.2 s
def _draws(job: Job, batches: int) -> Sequence[Sequence[int]]:
    return count_draws(_drawn_names(job), seed=job.seed, pools=job.pools, batches=batches)
