"""Work task: runs one task of a plan on this machine (`tokstats work`).

Any number of tasks run at the same time in one work folder, on any machines. A task runs the shards of its stretch that
are not saved, in worker processes of this machine, while it holds the claim of the task.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.errors import CorpusError, ResumeError
from tokstats_parallel.run.corpora import find_sources, open_corpora
from tokstats_parallel.run.folder_lock import unusable
from tokstats_parallel.run.task_shards import StretchState, state_of_stretch
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.partial import REMOVE_IT, check
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.streams import fingerprints_of_streams, languages_of_stream
from tokstats_parallel.system.signals import interrupt_main_thread
from tokstats_parallel.system.wording import counted
from tokstats_parallel.system.workers_and_memory import Workers, choose_threads, choose_workers, parse_workers
from tokstats_parallel.tasks import plan_file
from tokstats_parallel.tasks.claims import TaskHolder, claimed
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.stretches import draws_of_stretch, missing_shards
from tokstats_parallel.tasks.task_number import find_task


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRequest:
    """Options of a task, as typed.

    Attributes:
        task: Number of the task; None to take it from the environment.
        tasks: Number of tasks of the plan; None to take it from the environment.
        workers: Number of worker processes, or `auto`.
        paths: Beginning of a path in the plan -> beginning of the same path on this machine.
        cache_dir: Folder of converted corpora on this machine; None for the plan's, or the user's.
        no_cache: Whether this machine holds the corpora in memory, whatever the plan says.
    """

    task: int | None
    tasks: int | None
    workers: str
    paths: Mapping[str, str]
    cache_dir: Path | None
    no_cache: bool = False


def work_task(folder: Path, request: TaskRequest, observer: Observer) -> None:
    """Runs a task of a plan: the shards of its stretch that are not saved.

    Args:
        folder: Work folder with the plan.
        request: Options of the task.
        observer: Receives the events of the task.

    Raises:
        ConfigError: The task's number or an option does not fit the plan.
        ResumeError: The folder has no plan, one of another version, or a new one.
        ClaimedError: Another process runs the task.
        ClaimLostError: This process was silent for so long that another one has taken the task over.
        CorpusError: The data differ from the data of the plan.
        WorkerError: A shard failed.
    """
    folder = folder.absolute()
    requested = parse_workers(request.workers)
    written = plan_file.require(folder)
    number = find_task(request.task, request.tasks, planned=written.tasks, environment=os.environ)
    plan = written.at(request.paths)
    if request.cache_dir:
        plan = replace(plan, cache_dir=request.cache_dir, use_cache=True)
    if request.no_cache:
        plan = replace(plan, use_cache=False)
    stretch = plan.stretches[number]
    most = len(missing_shards(plan.job, stretch, [], workers=draws_of_stretch(stretch), tasks=plan.tasks))
    chosen = choose_workers(requested, shards=most)
    with claimed(
        folder,
        number,
        workers=chosen.count,
        on_lost=lambda _error: interrupt_main_thread(),
        on_wait=lambda _claim: observer.note(f"task {number}: another process has claimed it; seeing whether it lives"),
    ) as holder:
        if plan_file.require(folder) != written:  # nobody replaces it while a task is held
            raise ResumeError(f"{folder}: has got a new plan just now; run the same command again")
        observer.note(f"task {number} of {plan.tasks}: {counted(draws_of_stretch(stretch), 'batch')}")
        _Task(folder, plan, number, holder, observer).run(chosen)
        holder.finished()


class _Task:
    """Task that this process holds."""

    def __init__(self, folder: Path, plan: TaskPlan, number: int, holder: TaskHolder, observer: Observer) -> None:
        self._folder, self._plan, self._number = folder, plan, number
        self._holder, self._observer = holder, observer

    def run(self, chosen: Workers) -> None:
        """Runs the missing shards of the stretch with the chosen number of workers."""
        plan, stretch = self._plan, self._plan.stretches[self._number]
        state = state_of_stretch(self._folder, plan, stretch)
        self._remove_damaged(state)
        saved = [one.shard for one in state.partials]
        missing = missing_shards(plan.job, stretch, saved, workers=chosen.count, tasks=plan.tasks)
        if not missing:
            self._observer.note(f"task {self._number} is done already")
            return
        self._observer.note(chosen.reason)
        with LocalEngine(chosen.count) as engine:  # its workers start while the corpora are opened
            setup = self._setup(missing, threads=choose_threads(chosen.count))
            self._run(engine, setup, missing, saved)
        self._observer.note(f"task {self._number} is done")

    def _remove_damaged(self, state: StretchState) -> None:
        try:
            for path, error in state.damaged:
                self._observer.note(str(error).replace(REMOVE_IT, "removed, it is made anew"))
                path.unlink(missing_ok=True)
        except OSError as error:
            raise unusable(self._folder, error) from error

    def _setup(self, missing: Sequence[Shard], *, threads: int) -> RunSetup:
        """Opens the corpora that the shards need, and compares them with the corpora of the plan.

        Raises:
            CorpusError: A corpus has other rows than where the plan was made, or cannot be opened.
        """
        plan = self._plan
        needed = {one.name for shard in missing for one in languages_of_stream(plan.job, shard.language)}
        part = replace(plan.job, languages=tuple(one for one in plan.job.languages if one.name in needed))
        sources = find_sources(part)
        corpora = open_corpora(
            part,
            sources,
            cache_dir=plan.cache_dir,
            use_cache=plan.use_cache,
            threads=threads,
            observer=self._observer,
        ).handles
        for language, handle in corpora.items():
            if handle.fingerprint != plan.fingerprints[language]:
                raise CorpusError(_other_rows(plan, handle, sources.get(language, handle.path)))
        return RunSetup(
            job=plan.job,
            job_digest=plan.job.digest(),
            corpora=corpora,
            partials_folder=self._folder,
            use=plan.use,
            writer=self._holder.writer,
        )

    def _run(self, engine: LocalEngine, setup: RunSetup, missing: Sequence[Shard], saved: Sequence[Shard]) -> None:
        """Runs the shards, checks their partials, and tells other processes how far the task is."""
        fingerprints = fingerprints_of_streams(self._plan.job, self._plan.fingerprints)
        self._observer.planned([*missing, *saved], saved)
        begun, draws, shards = time.monotonic(), 0, 0
        for shard, path in engine.run(setup, missing, self._observer):
            check(path, job_digest=setup.job_digest, fingerprints=fingerprints)
            draws, shards = draws + shard.draws, shards + 1
            self._holder.progress(shards, draws, (time.monotonic() - begun) * min(engine.workers, len(missing)))
            self._observer.finished(shard)


def _other_rows(plan: TaskPlan, handle: CorpusHandle, source: Path) -> str:
    rows, here = plan.use.rows.get(handle.language), handle.rows
    counts = f"{rows:,} there, {here:,} here" if rows != here else f"as many, {here:,}"
    return (
        f"{source}: the rows of {handle.language!r} on this machine are not those of the plan ({counts}); copy "
        "the data anew, or name their place with --path-map THERE=HERE"
    )
