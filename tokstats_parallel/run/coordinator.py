"""Coordinator: conducts the steps of a run, from its corpora through the engine to the written result."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.interface import Engine, RunSetup
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.merge_and_write import merge_and_write
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run.corpora import find_sources, make_setup, open_corpora
from tokstats_parallel.run.run_facts import run_facts
from tokstats_parallel.run.saved_shards import load_saved, refuse_other_job, resume_message
from tokstats_parallel.run.size_check import check_sizes
from tokstats_parallel.run.work_folder import lock_guards, open_folder
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.partial import Partial, check
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.system.clock import PhaseClock
from tokstats_parallel.system.fault_injection import fault_point
from tokstats_parallel.system.workers_and_memory import choose_threads
from tokstats_parallel.tasks.new_plan import refuse_running_tasks

SHARDS_REMOVED = "the finished shards are removed; --keep-work keeps them, so that a longer run begins with them"


def collect(
    job: Job,
    *,
    engine: Engine,
    output: OutputPaths,
    observer: Observer,
    cache_dir: Path | None = None,
    use_cache: bool = True,
    threads: int | None = 1,
    shard_draws: int | None = None,
    keep_work: bool = False,
    fresh: bool = False,
    min_count: int = 1,
) -> Collected:
    """Runs a job and writes its result.

    Args:
        job: Job to run.
        engine: Engine that executes the shards; `collect` starts and ends it. It never changes the result.
        output: Paths of the result, and of the folder that holds finished shards until the result is complete. The run
            uses shards that an earlier run of the same job has left, whatever its number of batches.
        observer: Receives the events of the run.
        cache_dir: Folder of converted corpora; None for the user's cache.
        use_cache: Whether corpora are converted into the cache; if not, every process holds them in memory.
        threads: Number of threads of this process that open corpora, merge and write; None to choose it by the workers
            and the CPUs. It never changes the result.
        shard_draws: Largest number of draws of a shard, see `plan`. It never changes the result.
        keep_work: Whether the finished shards are kept after the run.
        fresh: Whether to remove the shards that an earlier run has left.
        min_count: Least count in all of a sampled token that is written; it changes no draw and no shard.

    Raises:
        CorpusError: The data of a language is unusable.
        WorkerError: A worker reported an error, or died at one shard again and again; finished shards are kept.
        OutputError: The result or the shards cannot be written, or another run is writing them.
        ResumeError: The work folder holds shards of another job.
        PartialError: A partial was damaged after it had been saved.
    """
    clock = PhaseClock()
    sources = find_sources(job)
    output.refuse_inputs(sources.values())
    output.check_writable()
    with (
        lock_guards(output),
        open_folder(output.work, keep=keep_work, shared=engine.shares_folder) as folder,
        ExitStack() as stack,
    ):
        if fresh and engine.shares_folder:
            refuse_running_tasks(folder.path)
        refuse_other_job(folder, job, fresh=fresh, notify=observer.note)
        stack.enter_context(engine)  # its workers start while the corpora are opened
        threads = threads or choose_threads(engine.workers)
        opened = open_corpora(
            job, sources, cache_dir=cache_dir, use_cache=use_cache, threads=threads, observer=observer
        )
        setup = make_setup(job, opened, folder.path, observer)
        clock.end("corpora")
        saved = load_saved(folder, setup, opened.fingerprints, notify=observer.note)
        missing = plan(job, done=[one.shard for one in saved], workers=engine.workers, shard_draws=shard_draws)
        partials = [*saved, *_run_missing(engine, setup, missing, saved, observer)]
        check_sizes(job, partials)
        clock.end("shards")
        observer.merging()
        facts = run_facts(setup, opened.fingerprints, workers=engine.workers, min_count=min_count)
        replaces = output.json.exists() and output.json.stat().st_size > 0
        written = merge_and_write(facts, partials, output, spill=folder.spill, clock=clock, threads=threads)
    if replaces:
        observer.note(f"{output.json}: an older result was replaced")
    if not folder.keep:
        observer.note(SHARDS_REMOVED)
    clock.end("write")
    return Collected(facts=facts, written=written, seconds=dict(clock.seconds), output=output)


def _run_missing(
    engine: Engine, setup: RunSetup, missing: Sequence[Shard], saved: Sequence[Partial], observer: Observer
) -> list[Partial]:
    """Runs the shards that are not saved, checks their partials, and returns the partials."""
    done = [one.shard for one in saved]
    if saved:
        observer.note(resume_message(saved, missing))
    observer.planned([*missing, *done], done)
    fingerprints = setup.fingerprints()
    partials: list[Partial] = []
    for shard, path in engine.run(setup, missing, observer):
        partials.append(check(path, job_digest=setup.job_digest, fingerprints=fingerprints))
        fault_point("shard-reported")
        observer.finished(shard)
    if plan(setup.job, done=[*done, *(one.shard for one in partials)]):
        raise AssertionError("the engine left out shards")
    return partials
