"""Facts about a run, totals of the written files, and the most frequent tokens, as Python values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokstats_parallel.config.job import Job
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.verify import Totals
from tokstats_parallel.shards.corpus_use import CorpusUse


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """Facts about a run that are known before its result is merged, for the manifest.

    Attributes:
        job: Job of the run.
        job_digest: Digest of the job.
        batches: Language -> number of batches that draw the language; all are of `all` if languages are mixed.
        texts: Language -> number of texts in the pools of a mixed run; None if languages are not mixed.
        fingerprints: Language -> fingerprint of the language's corpus.
        workers: Number of worker processes; 0 if the run merged the shards of tasks.
        use: Use of the corpora.
        min_count: Least count in all of a sampled token that is written.
    """

    job: Job
    job_digest: str
    batches: Mapping[str, int]
    fingerprints: Mapping[str, str]
    workers: int
    texts: Mapping[str, int] | None = None
    use: CorpusUse = field(default_factory=CorpusUse)
    min_count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Totals of the tokens that are not written because their counts in all are below the least count.

    Attributes:
        tokens: Number of tokens.
        occurrences: Sum of their counts in all.
        languages: Sums of their counts in each language, in the order of the languages.
    """

    tokens: int = 0
    occurrences: int = 0
    languages: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenResult:
    """Summary of what the finished files of a result hold.

    Attributes:
        totals: Numbers of tokens and of occurrences, as read again from the finished files.
        left_out: Totals of the tokens that are not written.
        top: Pairs (token, count in all) of the 20 most frequent tokens.
        top_sampled: Pairs (token, count in all) of the 20 most frequent tokens that not every vocabulary holds.
        top_of_languages: Language -> pairs (token, count in the language) of up to 20 tokens that not every vocabulary
            holds, by falling count.
    """

    totals: Totals
    left_out: LeftOut = LeftOut()
    top: tuple[tuple[str, int], ...]
    top_sampled: tuple[tuple[str, int], ...]
    top_of_languages: Mapping[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Result of a run that has ended well.

    Attributes:
        facts: Facts about the run: its job, batches, corpora and workers.
        written: Totals and most frequent tokens of the written files.
        seconds: Phase of the run -> seconds of wall-clock time.
        output: Paths of the written files.
    """

    facts: RunFacts
    written: WrittenResult
    seconds: Mapping[str, float]
    output: OutputPaths
