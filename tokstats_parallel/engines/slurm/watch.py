"""Watch of a run by Slurm: submits the tasks that nobody runs, and looks for partials until all are there.

What is done is told by the partials alone. Slurm tells which tasks are still to come, and why others are not.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.engines.slurm.arrays import Arrays, Ended
from tokstats_parallel.engines.slurm.commands import SlurmError
from tokstats_parallel.engines.slurm.endings import explain
from tokstats_parallel.engines.slurm.options import SlurmOptions
from tokstats_parallel.engines.slurm.remaining import Remaining
from tokstats_parallel.errors import OutputError, reason, remedy
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.partial import SUFFIX, shard_of
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.tasks.claim_status import read_claims
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.task_list import task_list

_GROWTH = 1.3
_LOOK_SHARE = 10
"""Least time between two looks at the work folder, relative to the time of a look, which is long for a large folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Times in seconds by which the engine looks and waits.

    Attributes:
        folder: Time between two looks at the work folder.
        first_poll: Time between the first two questions to Slurm.
        last_poll: Largest time between two questions to Slurm, to which the time grows.
        patience: Time for which Slurm may fail to answer.
        stale: Time for which a network file system may not show a file that another machine has written.
        settling: Time for which tasks may take to end when all shards are finished, before they are cancelled.
    """

    folder: float = 1.0
    first_poll: float = 1.0
    last_poll: float = 30.0
    patience: float = 1800.0
    stale: float = 70.0
    settling: float = 15.0


class Watch:
    """Watch of the tasks of one plan."""

    def __init__(
        self,
        folder: Path,
        plan: TaskPlan,
        arrays: Arrays,
        remaining: Remaining,
        *,
        options: SlurmOptions,
        pace: Pace,
        observer: Observer,
    ) -> None:
        """Takes the work folder, its plan, the arrays that are at work, and the draws that are missing."""
        self._folder, self._plan, self._arrays, self._remaining = folder, plan, arrays, remaining
        self._options, self._pace, self._observer = options, pace, observer
        self._begun = arrays.tasks(plan.tasks, ending=False)
        self._ends: dict[int, Ended] = {}
        self._waited_for: set[int] = set()
        if self._begun:
            jobs = ", ".join(arrays.jobs)
            observer.note(f"Slurm job {jobs}: already runs tasks {task_list(self._begun)} of {plan.tasks}")

    def shards(self) -> Iterator[tuple[Shard, Path]]:
        """Yields each missing shard, or other shards with the same draws, with the path of its partial.

        Raises:
            WorkerError: Tasks failed, or Slurm refused them.
            IncompleteError: Tasks ended before their shards were finished, for a reason outside them.
        """
        wait, poll, over = self._pace.first_poll, time.monotonic(), None
        while True:
            begun = time.monotonic()
            paths = self._paths()
            looked = time.monotonic() - begun
            for path in paths:
                shard = shard_of(path)
                if shard and self._remaining.take(shard):
                    yield shard, path
            if not self._remaining:
                return
            if over is not None and time.monotonic() >= over:
                raise explain(self._folder, self._missing_ends())
            if over is None and time.monotonic() >= poll:
                if self._is_over():
                    over = time.monotonic() + (self._pace.stale if self._may_be_stale() else 0.0)
                    continue
                poll = time.monotonic() + wait
                wait = min(wait * _GROWTH, self._pace.last_poll)
            time.sleep(max(self._pace.folder, looked * _LOOK_SHARE))

    def _paths(self) -> list[Path]:
        """Returns the paths of all partials in the folder."""
        try:
            return sorted(self._folder.glob(f"*{SUFFIX}"))
        except OSError as error:
            raise OutputError(
                f"{self._folder}: cannot be read ({reason(error)}); {remedy(error)} and run the same command again"
            ) from error

    def _is_over(self) -> bool:
        """Asks Slurm how the tasks are, and submits the ones that nobody runs; tells whether nothing is to come."""
        for ended in self._arrays.refresh_patiently(self._pace.patience):
            self._ends.update(dict.fromkeys(ended.tasks(self._plan.tasks), ended))
        missing = self._remaining.tasks(self._plan.stretches)
        live = self._arrays.tasks(self._plan.tasks)
        others = {task for task, claim in read_claims(self._folder).items() if claim.running} - live - self._begun
        self._note_others(missing & others)
        new = missing - self._begun - live - others
        if new:
            self._arrays.submit(new, self._plan.tasks, self._options)
            self._begun |= new
            return False
        return not missing & (live | others)

    def _note_others(self, tasks: set[int]) -> None:
        if tasks - self._waited_for:
            self._observer.note(f"tasks {task_list(tasks)}: seem to be at work without Slurm; waiting for them")
            self._waited_for |= tasks

    def _may_be_stale(self) -> bool:
        """Tells whether a task says that it is done, so that its partials must be somewhere."""
        return any(ended.state.state in ("COMPLETED", "FORGOTTEN") for ended in self._missing_ends().values())

    def _missing_ends(self) -> dict[int, Ended]:
        missing = self._remaining.tasks(self._plan.stretches)
        return {task: self._ends[task] for task in sorted(missing)}


def settle(arrays: Arrays, pace: Pace) -> None:
    """Waits until the arrays of a run whose shards are all finished have ended; cancels arrays that take long.

    Nothing writes into the work folder then.
    """
    cancel = time.monotonic() + pace.settling
    give_up = cancel + pace.stale
    while arrays.jobs and time.monotonic() < give_up:
        try:
            if time.monotonic() >= cancel:
                cancel = give_up
                arrays.cancel()
            arrays.refresh()
        except SlurmError:
            return  # the result does not depend on it
        if arrays.jobs:
            time.sleep(pace.folder)
