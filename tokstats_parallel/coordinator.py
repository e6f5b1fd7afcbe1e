"""The run: corpora, plan, engine, merge, results."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Protocol

from tokstats_parallel import faults, parts
from tokstats_parallel.corpus import Corpus, open_corpus
from tokstats_parallel.engines import Task
from tokstats_parallel.engines.local import LocalEngine
from tokstats_parallel.job import Job
from tokstats_parallel.merge import merge
from tokstats_parallel.partial import Partial, check
from tokstats_parallel.plan import Shard, batches_per_language, plan
from tokstats_parallel.results import Collected, OutputPaths, write_results
from tokstats_parallel.sources import find_source

# Gets its name only for a moment; parts.saved removes what a kill in that moment leaves.
_SPILL = "rows.tmp"


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
    output: OutputPaths,
    observer: Observer,
    notify: Callable[[str], None],
    cache_dir: Path | None = None,
    use_cache: bool = True,
    shard_draws: int | None = None,
) -> Collected:
    """Runs a job on local processes and writes its result.

    A script that calls this must guard its own start with `if __name__ == "__main__":`, since worker processes import
    it.

    Args:
        job: The run.
        workers: The number of worker processes, at least 1. It never changes the result.
        output: Where the result goes. Partial results are kept beside it until it is whole, and a run that was
            interrupted goes on with them.
        observer: Hears how the run goes on.
        notify: Called with one line for each thing that a user should know.
        cache_dir: The folder of converted corpora; the user's cache where it is None.
        use_cache: Whether corpora are converted into the cache; if not, every process holds them in memory.
        shard_draws: See `plan`; it never changes the result.

    Raises:
        CorpusError: The data of a language is unusable.
        WorkerError: A worker failed or died; finished shards are kept.
        OutputError: The result cannot be written.
        PartialError: A partial was damaged after it had been saved.
    """
    clock = Clock()
    output.spare(_sources(job))
    with ExitStack() as stack:
        engine = stack.enter_context(LocalEngine(workers, observer.working))  # starts while the corpora are opened
        corpora = _open_corpora(job, cache_dir=cache_dir, use_cache=use_cache, observer=observer, notify=notify)
        fingerprints = {name: corpus.fingerprint for name, corpus in corpora.items()}
        clock.end("corpora")
        shards = plan(job, shard_draws=shard_draws)
        folder = stack.enter_context(parts.opened(output.parts))
        partials = _run_shards(
            job, shards, corpora, fingerprints, folder=folder, engine=engine, observer=observer, notify=notify
        )
        clock.end("shards")
        observer.merging()
        batches = batches_per_language(job)
        frequencies = merge(job, batches, partials, spill=folder / _SPILL)
        clock.end("merge")
        collected = Collected(
            job=job,
            frequencies=frequencies,
            batches=batches,
            fingerprints=fingerprints,
            seconds=clock.seconds,
            workers=workers,
            output=output,
        )
        write_results(collected)
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
) -> list[Partial]:
    """Runs the shards that are not saved; the partials of all."""
    digest = job.digest()
    partials = parts.saved(folder, shards, job_digest=digest, fingerprints=fingerprints, notify=notify)
    done = {one.shard for one in partials}
    observer.planned(shards, done)
    handles = {name: corpus.handle for name, corpus in corpora.items()}
    task = Task(job=job, job_digest=digest, corpora=handles, parts=folder)
    for shard, path in engine.run(task, [shard for shard in shards if shard not in done]):
        partials.append(check(path, job_digest=digest, fingerprints=fingerprints))
        faults.point("shard-reported")
        observer.finished(shard)
    if {one.shard for one in partials} != set(shards):
        raise AssertionError("the partials are not those of the plan")
    return partials
