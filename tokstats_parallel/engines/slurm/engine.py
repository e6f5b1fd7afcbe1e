"""Slurm engine: runs the tasks of a plan as arrays of Slurm.

The coordinator may be killed at any time: the arrays go on, and the same command finds them again.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.slurm.arrays import Arrays
from tokstats_parallel.engines.slurm.commands import USUAL_MAX_ARRAY_SIZE, SlurmCommands, SlurmError
from tokstats_parallel.engines.slurm.elements import elements_of
from tokstats_parallel.engines.slurm.options import SlurmOptions
from tokstats_parallel.engines.slurm.remaining import Remaining
from tokstats_parallel.engines.slurm.script import NAME_START, Array, render
from tokstats_parallel.engines.slurm.task_plan import CacheChoice, make_plan, plan_at_work
from tokstats_parallel.engines.slurm.watch import Pace, Watch, settle
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.workers_and_memory import MAX_THREADS
from tokstats_parallel.tasks.claim_status import read_claims
from tokstats_parallel.tasks.stretches import usual_tasks


class SlurmEngine:
    """Engine that runs the shards of a run as arrays of Slurm.

    Attributes:
        workers: Number of tasks that run at a time, as far as known.
        shares_folder: True.
    """

    shares_folder = True

    def __init__(self, options: SlurmOptions, cache: CacheChoice, *, pace: Pace | None = None) -> None:
        """Takes the options, the place of converted corpora, and the pace; nothing is submitted yet."""
        self._options, self._cache, self._pace = options, cache, pace or Pace()
        self._slurm = SlurmCommands()
        self._arrays: Arrays | None = None
        self.workers = options.array_parallelism or options.tasks or MAX_THREADS

    def script(self, folder: Path, draws: int) -> str:
        """Returns the batch script of a run without finished shards.

        Args:
            folder: Work folder, an absolute path.
            draws: Number of draws.

        Raises:
            ConfigError: The path of the work folder cannot stand in a batch script.
        """
        tasks = min(self._options.tasks or usual_tasks(draws), draws)
        try:
            width = min(tasks, self._slurm.max_array_size())
        except SlurmError:  # there is no Slurm here
            width = min(tasks, USUAL_MAX_ARRAY_SIZE)
        elements = frozenset(elements_of(range(tasks), width))
        return render(Array(name=NAME_START, folder=folder, tasks=tasks, width=width, elements=elements), self._options)

    @property
    def jobs(self) -> list[str]:
        """Ids of the Slurm jobs that may still be queued or running."""
        return self._arrays.jobs if self._arrays else []

    def find_jobs(self) -> list[str]:
        """Asks Slurm which Slurm jobs of the run are queued or running, also about one that was just being submitted.

        Raises:
            SlurmError: Slurm does not answer.
            ResumeError: The record of the work folder is damaged.
        """
        if self._arrays:
            self._arrays.find()
        return self.jobs

    def cancel(self) -> None:
        """Cancels all tasks of the run.

        Raises:
            SlurmError: Slurm does not answer.
        """
        if self._arrays:
            self._arrays.cancel()

    def __enter__(self) -> Self:
        """Checks that Slurm answers.

        Raises:
            SlurmError: It does not, or its commands are missing.
        """
        self._slurm.max_array_size()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Leaves the tasks as they are: after an error they go on, and the same command finds them again."""

    def run(self, setup: RunSetup, shards: Sequence[Shard], observer: Observer) -> Iterator[tuple[Shard, Path]]:
        """Submits the tasks that are missing, and yields each finished shard with the path of its partial.

        Raises:
            WorkerError: Tasks failed, or Slurm refused them.
            IncompleteError: Tasks ended before their shards were finished, for a reason outside them.
            ResumeError: Tasks of another run are at work in the folder.
            OutputError: A file of the folder cannot be read or written.
        """
        folder = setup.partials_folder
        self._arrays = arrays = Arrays(folder, self._slurm, observer.note)
        arrays.find()
        remaining = Remaining(shards)
        if remaining:
            if arrays.jobs or any(claim.running for claim in read_claims(folder).values()):
                plan = plan_at_work(setup, remaining, arrays.jobs)
            else:
                plan = make_plan(setup, shards, self._options.tasks, self._cache)
            self.workers = min(plan.tasks, self._options.array_parallelism or plan.tasks)
            options, pace = self._options, self._pace
            yield from Watch(folder, plan, arrays, remaining, options=options, pace=pace, observer=observer).shards()
        settle(arrays, self._pace)
