"""Claims of tasks: one process at a time runs a task, on whatever machine (see `system.claims`).

The holder tells its progress in the claim file. It gives the claim back at any end except a kill, and then says whether
the task is done.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tokstats_parallel.errors import OutputError, TokstatsError, reason, remedy
from tokstats_parallel.system import atomic
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.claims.holder import Holder, held
from tokstats_parallel.system.claims.taking import Limits, Taking

_NAME = "task-"
_SCHEDULER_IDS = ("SLURM_JOB_ID", "PBS_JOBID", "JOB_ID", "LSB_JOBID", "AWS_BATCH_JOB_ID")

CLAIM_PATTERN = rf"{_NAME}\d+\.claim-\d+"
"""Regular expression of the names of claim files of tasks."""


class TaskHolder:
    """Holder of a task."""

    def __init__(self, holder: Holder) -> None:
        """Takes the holder of the claim."""
        self._holder = holder

    @property
    def writer(self) -> str:
        """Name of this process among all that may write partials into the folder."""
        return self._holder.writer

    @property
    def lost(self) -> TokstatsError | None:
        """Error that says why the claim is lost; None as long as this process holds the task."""
        return self._holder.lost

    def progress(self, shards: int, draws: int, seconds: float) -> None:
        """Tells the progress of this process, which others see some seconds later.

        Args:
            shards: Number of shards that this process has finished.
            draws: Number of draws of these shards.
            seconds: Time that its workers took for these shards, in seconds, added up over the workers.
        """
        self._holder.tell({"shards": shards, "draws": draws, "seconds": round(seconds, 3)})

    def finished(self) -> None:
        """Tells that the task is done."""
        self._holder.tell({"done": True})


def claim_name(task: int) -> str:
    """Returns the name that the holder of a task holds."""
    return f"{_NAME}{task}"


def task_of(name: str) -> int | None:
    """Returns the task of a claim's name; None if it is the name of something else."""
    number = name.removeprefix(_NAME)
    return int(number) if number != name and number.isdecimal() else None


@contextmanager
def claimed(
    folder: Path,
    task: int,
    *,
    workers: int,
    on_lost: Callable[[TokstatsError], None],
    on_wait: Callable[[Claim | None], None] = lambda _claim: None,
    limits: Limits | None = None,
) -> Iterator[TaskHolder]:
    """Holds a task during the `with` statement.

    Args:
        folder: Work folder.
        task: Number of the task.
        workers: Number of worker processes that will run it.
        on_lost: Called once in another thread if the claim is lost. The caller interrupts the work then; the `with`
            statement raises the error instead of the `KeyboardInterrupt`.
        on_wait: Called with the claim of another process, if it is known, before this process watches it.
        limits: Limits of all claims in the folder; None for the usual ones.

    Raises:
        ClaimedError: Another process runs the task.
        ClaimLostError: Another process has taken over the task.
        OutputError: The claim cannot be written.
    """
    facts = {"workers": workers, "scheduler": _scheduler_id(), "done": False, "shards": 0, "draws": 0, "seconds": 0.0}
    what = f"{folder}: task {task}"
    taking = Taking(folder=folder, name=claim_name(task), what=what, limits=limits or Limits(), on_wait=on_wait)
    with ExitStack() as stack:
        try:
            holder = stack.enter_context(held(taking, on_lost=on_lost, facts=facts))
        except OSError as error:
            raise OutputError(
                f"{what}: cannot be claimed ({reason(error)}); {remedy(error)} and run the same command again"
            ) from error
        if dead := holder.taken.dead:
            with suppress(OSError):  # whoever merges the shards removes them, too
                atomic.remove_leftovers(folder, dead.writer)
        try:
            yield TaskHolder(holder)
        finally:
            with suppress(OSError):  # as above
                atomic.remove_leftovers(folder, holder.writer)


def _scheduler_id() -> str:
    """Returns the scheduler's name for this process's task, such as `SLURM_JOB_ID=17`; empty if there is none."""
    return next((f"{name}={os.environ[name]}" for name in _SCHEDULER_IDS if os.environ.get(name)), "")
