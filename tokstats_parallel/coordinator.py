"""The run: corpora, plan, engine, merge, results."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Protocol

from tokstats_parallel import parts
from tokstats_parallel.corpus import Corpus, open_corpus
from tokstats_parallel.engines import Task
from tokstats_parallel.engines.local import LocalEngine
from tokstats_parallel.job import Job
from tokstats_parallel.partial import Partial, load, total
from tokstats_parallel.plan import Shard, batches_per_language, plan
from tokstats_parallel.results import Collected, OutputPaths, frequencies_of, write_results
from tokstats_parallel.sources import find_source

# Partials in memory before they are added up: enough to make the merging cheap, few enough to keep memory small.
_HELD = 32


class Observer(Protocol):
    """Hears how a run goes on."""

    def converting(self, language: str, done: int, total: int) -> None:
        """So many of a corpus's rows are converted."""

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """These are all shards of the run, and those that an interrupted run has left."""

    def working(self, pids: Sequence[int]) -> None:
        """These are the worker processes."""

    def finished(self, shard: Shard) -> None:
        """A shard has ended."""

    def merging(self) -> None:
        """All shards have ended."""


class Clock:
    """Seconds by phase, each from the end of the one before."""

    def __init__(self) -> None:
        """Starts the first phase."""
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def end(self, phase: str) -> None:
        """Ends a phase and starts the next."""
        now = perf_counter()
        self.seconds[phase] = now - self._last
        self._last = now


def collect(
    job: Job,
    *,
    workers: int,
    observer: Observer,
    notify: Callable[[str], None],
    output: OutputPaths | None = None,
    cache_dir: Path | None = None,
    use_cache: bool = True,
    shard_draws: int | None = None,
) -> Collected:
    """Runs a job on local processes and, where `output` is given, writes its result.

    A script that calls this must guard its own start with `if __name__ == "__main__":`, since worker processes import
    it.

    Args:
        job: The run.
        workers: The number of worker processes, at least 1. It never changes the result.
        observer: Hears how the run goes on.
        notify: Called with one line for each thing that a user should know.
        output: Where the result goes. Partial results are kept beside it until it is whole, and a run that was
            interrupted goes on with them.
        cache_dir: The folder of converted corpora; the user's cache where it is None.
        use_cache: Whether corpora are converted into the cache; if not, every process holds them in memory.
        shard_draws: See `plan`; it never changes the result.

    Raises:
        CorpusError: The data of a language is unusable.
        WorkerError: A worker failed or died; finished shards are kept if there is an `output`.
        OutputError: The result cannot be written.
    """
    clock = Clock()
    if output:
        output.spare(_sources(job))
    with ExitStack() as stack:
        engine = stack.enter_context(LocalEngine(workers, observer.working))  # starts while the corpora are opened
        corpora = _open_corpora(job, cache_dir=cache_dir, use_cache=use_cache, observer=observer, notify=notify)
        fingerprints = {name: corpus.fingerprint for name, corpus in corpora.items()}
        clock.end("corpora")
        shards = plan(job, shard_draws=shard_draws)
        folder = stack.enter_context(parts.opened(output.parts if output else None))
        summed = _run_shards(
            job, shards, corpora, fingerprints, folder=folder, engine=engine, observer=observer, notify=notify
        )
        clock.end("shards")
        observer.merging()
        batches = batches_per_language(job)
        frequencies = frequencies_of(job, batches, summed.runs)
        clock.end("merge")
        collected = Collected(
            job=job,
            frequencies=frequencies,
            batches=batches,
            fingerprints=fingerprints,
            seconds=clock.seconds,
            workers=workers,
        )
        if output:
            write_results(collected, output)
    clock.end("write")
    return collected


def _sources(job: Job) -> Iterator[Path]:
    found = (find_source(job.train_directory, language.name) for language in job.languages)
    return (source for source in found if source)


def _open_corpora(
    job: Job, *, cache_dir: Path | None, use_cache: bool, observer: Observer, notify: Callable[[str], None]
) -> dict[str, Corpus]:
    """The corpora by language, in the job's order; converted first where they are not in the cache."""
    return {
        language.name: open_corpus(
            job.train_directory,
            language.name,
            cache_dir=cache_dir,
            use_cache=use_cache,
            on_progress=observer.converting,
            notify=notify,
        )
        for language in job.languages
    }


def _run_shards(
    job: Job,
    shards: Sequence[Shard],
    corpora: Mapping[str, Corpus],
    fingerprints: Mapping[str, str],
    *,
    folder: Path,
    engine: LocalEngine,
    observer: Observer,
    notify: Callable[[str], None],
) -> Partial:
    """The sum of all shards, those that are saved already included."""
    digest = job.digest()
    held = parts.saved(folder, shards, job_digest=digest, fingerprints=fingerprints, notify=notify)
    done = {shard for partial in held for shard in partial.shards}
    observer.planned(shards, done)
    handles = {name: corpus.handle for name, corpus in corpora.items()}
    task = Task(job=job, job_digest=digest, corpora=handles, parts=folder)
    for shard, path in engine.run(task, [shard for shard in shards if shard not in done]):
        held.append(load(path, job_digest=digest, fingerprints=fingerprints))
        if len(held) >= _HELD:
            held = [total(held)]
        observer.finished(shard)
    summed = total(held)
    if summed.shards != set(shards):
        raise AssertionError("the partials are not those of the plan")
    return summed
