"""The result of a run as Python values: facts about the run, totals of its files, the most frequent tokens."""

from collections.abc import Mapping
from dataclasses import dataclass

from tokstats_parallel.config.job import Job
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.verify import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Facts about a run that are known before its result is merged; the manifest states them.

    Attributes:
        job: The job.
        batches: Language -> number of batches that draw from it.
        fingerprints: Language -> hash of its rows' content.
        workers: The number of worker processes.
    """

    job: Job
    batches: Mapping[str, int]
    fingerprints: Mapping[str, str]
    workers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenResult:
    """The content of the files of a result.

    Attributes:
        totals: Numbers of tokens and occurrences, as read again from the finished files.
        top: The 20 most frequent tokens with their total counts.
        top_sampled: The 20 most frequent tokens without the ones that every vocabulary holds.
    """

    totals: Totals
    top: tuple[tuple[str, int], ...]
    top_sampled: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A run that has ended well.

    Attributes:
        facts: The job, its batches, corpora and workers.
        written: The content of the files.
        seconds: Phase -> seconds of wall-clock time.
        output: The paths of the files.
    """

    facts: RunFacts
    written: WrittenResult
    seconds: Mapping[str, float]
    output: OutputPaths
