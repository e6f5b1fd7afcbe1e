"""Summary of a run's result, with the fields that `--json` prints; `summary_text` prints it for a reader."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Self

from tokstats_parallel.config.job import Job
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.system.file_names import json_values

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class TokenShare:
    """Token, number of batches whose vocabularies held the token, and these batches' share, in percent.

    The share is that of all batches, or of the batches of one language.
    """

    token: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Summary of a run's result, with the fields that `--json` prints.

    A change of the fields that would break programs raises `SCHEMA_VERSION`.

    Attributes:
        schema_version: Version of these fields, `SCHEMA_VERSION`.
        total_batches: Number of batches drawn.
        total_occurrences: Sum of the counts of all tokens.
        unique_tokens: Number of different tokens in all vocabularies.
        min_count: Least count of a sampled token that is written.
        written_tokens: Number of different tokens in the written files.
        written_occurrences: Sum of the counts in the written files.
        average_per_batch: Occurrences per batch, the mean size of a vocabulary in pieces.
        seed: Seed of the run's random streams.
        workers: Number of worker processes; 0 if the run merged the shards of tasks.
        seconds: Wall-clock seconds of the run.
        languages: Language -> number of batches that drew it; all batches are of `all` if languages are mixed.
        texts: Language -> number of texts in the pools of a mixed run; None if languages are not mixed.
        weights: Origin of the languages' weights, in words.
        top_tokens: The most frequent tokens, sorted by falling count, equal counts by code points.
        top_sampled_tokens: The most frequent tokens without the ones that every vocabulary holds: bytes, white-space
            pieces and special tokens.
        top_sampled_by_language: Language -> the most frequent of such tokens, with their shares of its batches.
        sampling: Values that decided the draws: sizes of vocabularies in pieces, level of the noise, and sizes of pools
            in texts and of texts in characters.
        output: Kind of each written file, `json`, `parquet` or `manifest`, -> path of the file; also
            `report` if the run wrote one.
    """

    schema_version: int
    total_batches: int
    total_occurrences: int
    unique_tokens: int
    min_count: int
    written_tokens: int
    written_occurrences: int
    average_per_batch: float
    seed: int
    workers: int
    seconds: float
    languages: dict[str, int]
    texts: dict[str, int] | None
    weights: str
    top_tokens: tuple[TokenShare, ...]
    top_sampled_tokens: tuple[TokenShare, ...]
    top_sampled_by_language: dict[str, tuple[TokenShare, ...]]
    sampling: dict[str, Any]
    output: dict[str, str]

    @classmethod
    def of(cls, collected: Collected) -> Self:
        """Makes the summary of a run whose result is written."""
        facts, written, paths = collected.facts, collected.written, collected.output
        batches, totals, left_out = facts.job.num_batches, written.totals, written.left_out
        occurrences = totals.occurrences + left_out.occurrences

        def shares(tokens: Iterable[tuple[str, int]], of: int = batches) -> tuple[TokenShare, ...]:
            return tuple(TokenShare(token, count, 100 * count / of) for token, count in tokens)

        return cls(
            schema_version=SCHEMA_VERSION,
            total_batches=batches,
            total_occurrences=occurrences,
            unique_tokens=totals.tokens + left_out.tokens,
            min_count=facts.min_count,
            written_tokens=totals.tokens,
            written_occurrences=totals.occurrences,
            average_per_batch=occurrences / batches,
            seed=facts.job.seed,
            workers=facts.workers,
            seconds=round(sum(collected.seconds.values()), 3),
            languages=dict(facts.batches),
            texts=None if facts.texts is None else dict(facts.texts),
            weights=facts.job.facts.weights,
            top_tokens=shares(written.top),
            top_sampled_tokens=shares(written.top_sampled),
            top_sampled_by_language={
                language: shares(tokens, facts.batches[language])
                for language, tokens in written.top_of_languages.items()
            },
            sampling=_sampling(facts.job),
            output={"json": str(paths.json), "parquet": str(paths.parquet), "manifest": str(paths.manifest)},
        )

    def to_json(self) -> str:
        """Returns the summary as one line of JSON, in ASCII so that every terminal and pipe accepts it."""
        return json.dumps(json_values(asdict(self)))


def _sampling(job: Job) -> dict[str, Any]:
    return {
        "vocabulary_mean": job.vocabulary.size_mean,
        "vocabulary_std": job.vocabulary.size_std,
        "vocabulary_min": job.vocabulary.size_min,
        "vocabulary_max": job.vocabulary.size_max,
        "special_tokens": len(job.reference.special_tokens),
        "noise_mean": job.vocabulary.noise_mean,
        "noise_std": job.vocabulary.noise_std,
        "pooling": str(job.pooling),
        "pools": job.pools,
        "pool_texts": job.pool_size.texts,
        "text_characters": job.texts.span,
    }
