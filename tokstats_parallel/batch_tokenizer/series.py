"""Series of batches: opens the data of a job, and draws the vocabularies of some of its batches.

Only the pools of these batches are filled. Batches of one stream follow each other, because the pool slides from one to
the next if they are near each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tokstats_parallel import _native
from tokstats_parallel.batch_tokenizer.recipe import Recipe, make_recipe
from tokstats_parallel.batch_tokenizer.special_tokens import with_special_tokens
from tokstats_parallel.batch_tokenizer.tokenizer import BatchTokenizer
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.load import load_job_and_finish
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.engines.open_corpora import OpenCorpora
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.run_shard import ShardWorker
from tokstats_parallel.shards.streams import Draw, draws_of_batches, languages_of_stream


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSeries:
    """Series of batches whose tokenizers are made one after the other.

    Attributes:
        job: Job of the batches.
        recipe: Parts that all tokenizers have in common.
        draws: Pairs of a batch and its draw, in the order in which they are drawn.
        corpora: Language -> handle of its corpus, for the languages of these batches' streams.
    """

    job: Job
    recipe: Recipe
    draws: tuple[tuple[int, Draw], ...]
    corpora: Mapping[str, CorpusHandle]

    @classmethod
    def open(
        cls,
        request: JobRequest,
        batches: Sequence[int],
        *,
        cache_dir: Path | None,
        use_cache: bool,
        observer: Observer,
    ) -> Self:
        """Loads the job, and opens the data that the batches need.

        Args:
            request: Config, and the values that replace values of the config; its number of batches has no influence.
            batches: Rising numbers of batches, from 0 to 2**32 - 1.
            cache_dir: Folder of converted corpora; None for the user's cache.
            use_cache: Whether corpora are converted into the cache; if not, they are held in memory.
            observer: Receives the progress of conversions, and notes.

        Raises:
            ConfigError: The config or an option cannot be used.
            CorpusError: The data of a language is missing or unusable.
        """
        job, finish = load_job_and_finish(request, notify=observer.note)
        recipe = make_recipe(job, finish, notify=observer.note)
        draws = sorted(zip(batches, draws_of_batches(job, batches), strict=True), key=lambda pair: pair[1])
        needed = {one.name for _, draw in draws for one in languages_of_stream(job, draw.stream[0])}
        corpora = {
            name: open_corpus(
                job.train_directory,
                name,
                cache_dir=cache_dir,
                use_cache=use_cache,
                on_progress=observer.converting,
                notify=observer.note,
            ).handle
            for name in sorted(needed)
        }
        return cls(job=job, recipe=recipe, draws=tuple(draws), corpora=corpora)

    def __iter__(self) -> Iterator[BatchTokenizer]:
        """Yields the tokenizer of each batch.

        Raises:
            CorpusError: The data cannot be read, or have changed since they were opened.
        """
        worker, opened = ShardWorker(self.job), OpenCorpora(self.corpora)
        for batch, draw in self.draws:
            names = [one.name for one in languages_of_stream(self.job, draw.stream[0])]
            drawn = worker.vocabulary(draw, opened.of(names))
            yield BatchTokenizer(
                batch=batch,
                language=drawn.language,
                pool=draw.stream[1],
                draw=draw.number,
                noise=drawn.noise,
                vocabulary=with_special_tokens(drawn.pieces, self.recipe.special_tokens),
                texts=drawn.texts,
                recipe=self.recipe,
                origin=self._origin(names),
            )

    def _origin(self, languages: Sequence[str]) -> dict[str, object]:
        return {
            "config_digest": self.job.digest(),
            "seed": self.job.seed,
            "sampling_version": _native.SAMPLING_VERSION,
            "unicode_version": _native.UNICODE_VERSION,
            "corpora": {language: self.corpora[language].fingerprint for language in languages},
        }
