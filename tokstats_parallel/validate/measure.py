"""A few real draws of every language, timed in processes of their own, as many at a time as the run will have.

There are at most `MOST_PROCESSES`. Cost: about three fillings of a pool and `1.3 * DRAWS` draws a language (see
`trial`), or `limit` seconds, whichever is less.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import fmean

import multiprocess.connection

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.local.process import Child
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.system.resources import worker_memory
from tokstats_parallel.validate.data import LanguageData
from tokstats_parallel.validate.timed_draws import Task, Timing, serve

DRAWS = 24
MOST_PROCESSES = 16
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured before the time was up.

    Attributes:
        timings: Language -> its timing; without those that were not reached.
        start_seconds: From the start of a process to its first shard.
        worker_bytes: The most memory that a process had for itself, rows left out.
    """

    timings: dict[str, Timing]
    start_seconds: float
    worker_bytes: int

    @property
    def stretch(self) -> float:
        """Seconds on the wall for one of processor time: waiting for the disk, and for whoever else computes here.

        Taken over all languages, since other programs come and go.
        """
        timings = self.timings.values()
        return sum(timing.wall_seconds for timing in timings) / sum(timing.cpu_seconds for timing in timings)


def measure(job: Job, data: Sequence[LanguageData], *, draws: int, workers: int, limit: float) -> Measured:
    """Measures the languages, the first ones first.

    Args:
        job: The run.
        data: The languages' data.
        draws: The draws of the run's longest shard.
        workers: The number of the run's worker processes.
        limit: Seconds after which what is still unknown is left so.

    Raises:
        WorkerError: A process failed or died, as it would in the run.
    """
    tasks = [Task.of(entry, min(draws, DRAWS)) for entry in data]
    timings: list[Timing] = []
    deadline = time.perf_counter() + limit
    with ExitStack() as stack:
        # With more processes than languages, some measure the same one: the memory bus is to be as busy as in the run.
        number = min(workers, MOST_PROCESSES)
        shares = [tasks[first % len(tasks) :: number] for first in range(number)]
        processes = [stack.enter_context(_Process(job, share)) for share in shares]
        running = {process.connection: process for process in processes}
        while running and (left := deadline - time.perf_counter()) > 0:
            for connection in multiprocess.connection.wait(list(running), min(left, _POLL_SECONDS)):
                timings += running[connection].take()
                if not running[connection].left:
                    del running[connection]
            for process in processes:
                process.weigh()
    return Measured(
        timings=_by_language(timings),
        start_seconds=fmean(process.start_seconds for process in processes),
        worker_bytes=max(process.most_bytes for process in processes),
    )


class _Process(Child):
    """A process that measures some languages, one after the other."""

    def __init__(self, job: Job, tasks: Sequence[Task]) -> None:
        self._began = time.perf_counter()
        super().__init__(serve, job, tasks)
        self._rows_bytes = sum(len(task.rows) for task in tasks)
        self.left = len(tasks)
        self.start_seconds = 0.0
        self.most_bytes = 0

    def take(self) -> list[Timing]:
        """What it has sent: a timing, or nothing where it says that it has begun."""
        try:
            received = self.connection.recv()
        except (EOFError, OSError):
            raise WorkerError(
                f"a process that drew as a worker would ended with code {self.exit_code()} "
                "(killed if negative: out of memory?); free memory, or use fewer --workers"
            ) from None
        if isinstance(received, str):
            raise WorkerError(received)
        if isinstance(received, Timing):
            self.left -= 1
            return [received]
        self.start_seconds = time.perf_counter() - self._began
        return []

    def weigh(self) -> None:
        """Looks at its memory."""
        held = worker_memory([self.pid]).largest - self._rows_bytes
        self.most_bytes = max(self.most_bytes, held)


def _by_language(timings: Iterable[Timing]) -> dict[str, Timing]:
    """One timing for each language, its times the means of those that were taken."""
    taken: dict[str, list[Timing]] = {}
    for timing in timings:
        taken.setdefault(timing.language, []).append(timing)
    return {
        language: replace(
            some[0],
            fill_seconds=fmean(timing.fill_seconds for timing in some),
            draw_seconds=fmean(timing.draw_seconds for timing in some),
            wall_seconds=sum(timing.wall_seconds for timing in some),
            cpu_seconds=sum(timing.cpu_seconds for timing in some),
        )
        for language, some in taken.items()
    }
