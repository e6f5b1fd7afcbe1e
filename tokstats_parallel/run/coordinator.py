"""The run: corpora, plan, engine, merge, results."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from tokstats_parallel import _native
from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import CorpusHandle, open_corpus
from tokstats_parallel.corpus.sources import find_source
from tokstats_parallel.engines.interface import Task
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.errors import OutputError
from tokstats_parallel.results.collected import Collected, RunFacts
from tokstats_parallel.results.finish import merge_and_write
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run import work_folder
from tokstats_parallel.shards.partial import Partial, check
from tokstats_parallel.shards.plan import Shard, batches_per_language, cover, plan, within
from tokstats_parallel.system.clock import PhaseClock
from tokstats_parallel.system.fault_injection import fault_point
from tokstats_parallel.system.resources import allow_files, choose_threads
from tokstats_parallel.system.wording import counted

# Files that a process has open, and what it has for each worker: the connection.
_OTHER_FILES = 256
_FILES_OF_WORKER = 1


class Observer(Protocol):
    """Hears how a run goes on."""

    def converting(self, language: str, done: int, total: int) -> None:
        """So many of a corpus's rows are converted."""

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """These are all shards of the run, and those that an earlier run has left."""

    def working(self, pids: Sequence[int]) -> None:
        """These are the worker processes; told again when one of them has been replaced."""

    def finished(self, shard: Shard) -> None:
        """A shard has ended."""

    def merging(self) -> None:
        """All shards have ended."""


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
    keep_work: bool = False,
    fresh: bool = False,
) -> Collected:
    """Runs a job on local processes and writes its result.

    Args:
        job: The run.
        workers: The number of worker processes, at least 1. It never changes the result.
        output: Where the result goes, and where finished shards are kept until it is whole. A run goes on with those
            that an earlier one of the same job has left, whatever its number of batches.
        observer: Hears how the run goes on.
        notify: Called with one line for each thing that a user should know.
        cache_dir: The folder of converted corpora; the user's cache where it is None.
        use_cache: Whether corpora are converted into the cache; if not, every process holds them in memory.
        shard_draws: See `plan`; it never changes the result.
        keep_work: Whether the finished shards are kept after the run, too.
        fresh: Whether to throw away what an earlier run has left.

    Raises:
        CorpusError: The data of a language is unusable.
        WorkerError: A worker failed, or died at one shard again and again; finished shards are kept.
        OutputError: The result or the shards cannot be written, or another run is writing them.
        ResumeError: The work folder holds shards of another job.
        PartialError: A partial was damaged after it had been saved.
    """
    clock = PhaseClock()
    output.check_writable()
    output.refuse_inputs(_sources(job))
    allow_files(_FILES_OF_WORKER * workers + _OTHER_FILES)
    with ExitStack() as stack:
        if output.claim != output.work:
            stack.enter_context(work_folder.held(output.claim))
        folder = stack.enter_context(work_folder.opened(output.work, keep=keep_work))
        work_folder.begin(folder, job, fresh=fresh, notify=notify)
        # It starts while the corpora are opened.
        engine = stack.enter_context(LocalEngine(workers, observer.working, notify))
        threads = choose_threads(workers)
        corpora = _make_ready(
            job, cache_dir=cache_dir, use_cache=use_cache, threads=threads, observer=observer, notify=notify
        )
        fingerprints = {name: corpus.fingerprint for name, corpus in corpora.items()}
        clock.end("corpora")
        saved = _saved(folder, job, fingerprints, notify=notify)
        shards = plan(job, done=[one.shard for one in saved], shard_draws=shard_draws)
        if saved:
            notify(_going_on(saved, shards))
        partials = _run_shards(job, shards, saved, corpora, folder=folder.path, engine=engine, observer=observer)
        clock.end("shards")
        observer.merging()
        facts = RunFacts(job=job, batches=batches_per_language(job), fingerprints=fingerprints, workers=workers)
        written = merge_and_write(facts, partials, output, spill=folder.spill, clock=clock, threads=threads)
    clock.end("write")
    return Collected(facts=facts, written=written, seconds=dict(clock.seconds), output=output)


def _sources(job: Job) -> Iterator[Path]:
    found = (find_source(job.train_directory, language.name) for language in job.languages)
    return (source for source in found if source)


def _make_ready(
    job: Job,
    *,
    cache_dir: Path | None,
    use_cache: bool,
    threads: int,
    observer: Observer,
    notify: Callable[[str], None],
) -> dict[str, CorpusHandle]:
    """What opens each language's corpus, in the job's order; it is converted first where it is not in the cache."""
    return {
        language.name: open_corpus(
            job.train_directory,
            language.name,
            cache_dir=cache_dir,
            use_cache=use_cache,
            threads=threads,
            on_progress=observer.converting,
            notify=notify,
        ).handle
        for language in job.languages
    }


def _saved(
    folder: work_folder.WorkFolder, job: Job, fingerprints: Mapping[str, str], *, notify: Callable[[str], None]
) -> list[Partial]:
    """The saved partials that this run uses: no draw is in two of them."""
    found = {one.shard: one for one in work_folder.saved(folder, job, fingerprints=fingerprints, notify=notify)}
    usable = within(job, found)
    longer = len(found) - len(usable)
    if longer and not folder.keep:
        folder.keep = True  # somebody's hours of work
        notify(f"{folder.path}: stays after this run, since it holds {counted(longer, 'shard')} of a longer one")
    return [found[shard] for shard in cover(usable)]


def _going_on(saved: Sequence[Partial], missing: Sequence[Shard]) -> str:
    batches = sum(one.shard.draws for one in saved)
    in_all = batches + sum(shard.draws for shard in missing)
    shards = counted(len(saved) + len(missing), "shard")
    return f"going on: {len(saved):,} of {shards} ({batches:,} of {in_all:,} batches) are done"


def _run_shards(
    job: Job,
    missing: Sequence[Shard],
    saved: Sequence[Partial],
    corpora: Mapping[str, CorpusHandle],
    *,
    folder: Path,
    engine: LocalEngine,
    observer: Observer,
) -> list[Partial]:
    """Runs the missing shards; the partials of all."""
    digest = job.digest()
    fingerprints = {name: corpus.fingerprint for name, corpus in corpora.items()}
    done = [one.shard for one in saved]
    observer.planned([*missing, *done], done)
    task = Task(job=job, job_digest=digest, corpora=corpora, parts=folder)
    partials = list(saved)
    for shard, path in engine.run(task, missing):
        partials.append(check(path, job_digest=digest, fingerprints=fingerprints))
        fault_point("shard-reported")
        observer.finished(shard)
    if sorted(one.shard for one in partials) != sorted([*missing, *done]):
        raise AssertionError("the partials are not those of the plan")
    _check_sizes(job, partials)
    return partials


def _check_sizes(job: Job, partials: Sequence[Partial]) -> None:
    """Each shard counts what its draws, whose sizes are drawn anew here, put into vocabularies: no more and no less."""
    for one in partials:
        wanted = _native.wanted(
            seed=job.seed,
            language=one.shard.language,
            pool=one.shard.pool,
            first_draw=one.shard.first_draw,
            draws=one.shard.draws,
            vocabulary=job.vocabulary,
        )
        if one.occurrences + one.lacking != wanted:
            lacking = f", where the pools lacked {one.lacking:,}" if one.lacking else ""
            raise OutputError(
                f"{one.path}: counts {one.occurrences:,} tokens, but its {one.shard.draws:,} vocabularies hold "
                f"{wanted - one.lacking:,}{lacking}; nothing is written: remove it and run again"
            )
