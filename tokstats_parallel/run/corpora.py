"""Corpora of a run: finds the source files, converts corpora that are not in the cache, and opens all corpora."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.corpus.language_files import find_source, open_source
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.run.passes import corpus_use, sampled_lengths
from tokstats_parallel.shards.observer import Observer


@dataclass(frozen=True, slots=True)
class OpenedCorpora:
    """Corpora of a run, in the order of the job's languages.

    Attributes:
        handles: Language -> handle by which a worker opens the corpus.
        lengths: Language -> lengths of a few rows in characters (see `passes`).
        left_out: Language -> text that counts and names the files which are not read, if there are any.
    """

    handles: dict[str, CorpusHandle]
    lengths: dict[str, Sequence[int]]
    left_out: dict[str, str]

    @property
    def fingerprints(self) -> dict[str, str]:
        """Language -> fingerprint of its corpus."""
        return {language: handle.fingerprint for language, handle in self.handles.items()}


def make_setup(job: Job, opened: OpenedCorpora, folder: Path, observer: Observer) -> RunSetup:
    """Makes the setup of a run whose partials go into `folder`, and notes how the run uses the corpora."""
    rows = {language: handle.rows for language, handle in opened.handles.items()}
    use = corpus_use(job, rows, opened.lengths, opened.left_out)
    for line in use.notices():
        observer.note(line)
    return RunSetup(job=job, job_digest=job.digest(), corpora=opened.handles, partials_folder=folder, use=use)


def find_sources(job: Job) -> dict[str, Path]:
    """Returns language -> file or folder with the language's rows, without the languages that have no data.

    Raises:
        CorpusError: The folder of the data cannot be read.
    """
    found = ((language.name, find_source(job.train_directory.absolute(), language.name)) for language in job.languages)
    return {language: path for language, path in found if path is not None}


def open_corpora(
    job: Job,
    sources: Mapping[str, Path],
    *,
    cache_dir: Path | None,
    use_cache: bool,
    threads: int,
    observer: Observer,
) -> OpenedCorpora:
    """Converts the corpora that are not in the cache, and opens every corpus.

    Args:
        job: Job of the run.
        sources: Language -> file or folder, as `find_sources` returns them.
        cache_dir: Folder of converted corpora; None for the user's cache.
        use_cache: Whether corpora are converted into the cache; if not, every process holds them in memory.
        threads: Number of threads that check a cache file.
        observer: Receives the progress of conversions, and notes.

    Raises:
        CorpusError: A language has no data, or its data or the cache folder is unusable.
    """
    opened = OpenedCorpora({}, {}, {})
    for language in job.languages:
        path = sources.get(language.name)
        corpus = open_corpus(
            job.train_directory,
            language.name,
            path=path,
            cache_dir=cache_dir,
            use_cache=use_cache,
            threads=threads,
            on_progress=observer.converting,
            notify=observer.note,
        )
        opened.handles[language.name] = corpus.handle
        opened.lengths[language.name] = sampled_lengths(corpus)
        if path and (left_out := open_source(language.name, path).left_out):
            opened.left_out[language.name] = left_out
    return opened
