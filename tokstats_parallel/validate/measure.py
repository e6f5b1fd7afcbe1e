"""Measurement: times a few real draws of every language in processes, as many at a time as the run will have.

There are at most `MAX_PROCESSES`. Cost: about three fillings of a pool and `1.3 * DRAWS` draws a language (see
`timed_draws`), or `limit` seconds, whichever is less.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from statistics import fmean

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.local.process import Child
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.system.workers_and_memory import worker_memory
from tokstats_parallel.validate.data import LanguageData
from tokstats_parallel.validate.timed_draws import DrawTask, TimedDraws, serve

DRAWS = 24
MAX_PROCESSES = 16
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurements:
    """Timings that were complete at the time limit.

    Attributes:
        timings: Language -> its timing, for the languages that were reached.
        start_seconds: Seconds from the start of a process to its first shard.
        worker_bytes: Greatest private memory of a process, without the rows.
    """

    timings: dict[str, TimedDraws]
    start_seconds: float
    worker_bytes: int

    @property
    def slowdown(self) -> float:
        """Wall-clock seconds for one second of processor time: the rest is waiting for the disk and other programs.

        The mean over all languages, since other programs come and go.
        """
        timings = self.timings.values()
        return sum(timing.wall_seconds for timing in timings) / sum(timing.cpu_seconds for timing in timings)


def measure(job: Job, data: Sequence[LanguageData], *, draws: int, workers: int, limit: float) -> Measurements:
    """Times draws of the languages, in their order.

    Args:
        job: Job of the run.
        data: Data of the languages.
        draws: Draws of the longest shard of the run.
        workers: Number of worker processes of the run.
        limit: Seconds after which the measurement ends.

    Raises:
        WorkerError: A process failed or died, as it would in the run.
    """
    tasks = [DrawTask.of(entry, min(draws, DRAWS)) for entry in data]
    timings: list[TimedDraws] = []
    deadline = time.perf_counter() + limit
    with ExitStack() as stack:
        # With more processes than languages, some time the same one: the memory bus must be as busy as in the run.
        count = min(workers, MAX_PROCESSES)
        shares = [tasks[first % len(tasks) :: count] for first in range(count)]
        processes = [stack.enter_context(_Process()) for _ in shares]
        for process, share in zip(processes, shares, strict=True):
            process.give(job, share)
        running: dict[object, _Process] = {process.connection: process for process in processes}
        while running and (left := deadline - time.perf_counter()) > 0:
            connections = [process.connection for process in running.values()]
            for connection in wait(connections, min(left, _POLL_SECONDS)):
                timings += running[connection].receive()
                if not running[connection].left:
                    del running[connection]
            for process in processes:
                process.measure_memory()
    return Measurements(
        timings=_by_language(timings),
        start_seconds=fmean(process.start_seconds for process in processes),
        worker_bytes=max(process.most_bytes for process in processes),
    )


class _Process(Child):
    """Process that times some languages, one after the other."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        super().__init__(serve)
        self._rows_bytes = self.left = 0
        self.start_seconds = 0.0
        self.most_bytes = 0

    def give(self, job: Job, tasks: Sequence[DrawTask]) -> None:
        """Gives the process the languages to time.

        Raises:
            OSError: The system has too few threads.
        """
        self._rows_bytes = sum(len(task.rows) for task in tasks)
        self.left = len(tasks)
        self.post((job, tasks))

    def receive(self) -> list[TimedDraws]:
        """Receives one message: a timing, or nothing where the message is that the process has started."""
        try:
            received = self.connection.recv()
        except (EOFError, OSError):
            raise WorkerError(
                f"a process that drew as a worker would ended with code {self.exit_code()} "
                "(killed if negative: out of memory?); free memory, or use fewer --workers"
            ) from None
        if isinstance(received, str):
            raise WorkerError(received)
        if isinstance(received, TimedDraws):
            self.left -= 1
            return [received]
        self.start_seconds = time.perf_counter() - self._began
        return []

    def measure_memory(self) -> None:
        """Updates the greatest memory of the process."""
        held = worker_memory([self.pid]).largest - self._rows_bytes
        self.most_bytes = max(self.most_bytes, held)


def _by_language(timings: Iterable[TimedDraws]) -> dict[str, TimedDraws]:
    """Combines the timings of each language into one with their mean times."""
    taken: dict[str, list[TimedDraws]] = {}
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
