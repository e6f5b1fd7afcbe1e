"""Measurement: times a few real draws of every language, in as many processes as the run will have workers.

The number of processes is at most `MAX_PROCESSES`. Cost: about four fillings of a pool and 1.3 times the draws for
each language (see `timed_draws`), or `limit` seconds, whichever is less.
"""

import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing.connection import wait
from statistics import fmean

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.local.messages import none_given, not_started
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
    """Measurements that were complete at the time limit.

    Attributes:
        timings: Language -> timed draws of the language; languages are missing if the time limit came first.
        start_seconds: Seconds from the start of a process until it can run a shard, the mean over the processes.
        worker_bytes: Maximum private memory of a process in bytes, without the rows.
    """

    timings: dict[str, TimedDraws]
    start_seconds: float
    worker_bytes: int

    @property
    def slowdown(self) -> float:
        """Wall-clock seconds for one second of processor time; above 1 if processes wait for the disk or a processor.

        All languages count, because the load by other programs changes with time.
        """
        timings = self.timings.values()
        return sum(timing.wall_seconds for timing in timings) / sum(timing.cpu_seconds for timing in timings)

    def timing_of(self, language: str) -> TimedDraws:
        """Returns the timing of a language; the average of the timed languages if this one was not timed."""
        some = list(self.timings.values())
        return self.timings.get(language) or replace(
            some[0],
            fill_seconds=fmean(timing.fill_seconds for timing in some),
            draw_seconds=fmean(timing.draw_seconds for timing in some),
        )


def measure(job: Job, data: Sequence[LanguageData], *, draws: int, workers: int, limit: float) -> Measurements:
    """Times a few draws of each language, in the order of `data`, or of the pools that all languages share.

    Args:
        job: Job of the run.
        data: Data of the languages; of all of them, in the job's order, if they share pools.
        draws: Number of draws of each language to time, such as `DRAWS`.
        workers: Number of worker processes of the run.
        limit: Maximum duration of the measurement, in seconds.

    Raises:
        WorkerError: A process failed or died, as a worker would in the run.
    """
    tasks = _tasks(job, data, draws)
    timings: list[TimedDraws] = []
    deadline = time.perf_counter() + limit
    with ExitStack() as stack:
        # If there are more processes than languages, some processes time the same language, so that the memory bus is
        # as busy as in the run.
        count = min(workers, MAX_PROCESSES)
        shares = [tasks[first % len(tasks) :: count] for first in range(count)]
        processes = _started(count, stack)
        for process, share in zip(processes, shares, strict=True):
            try:
                process.give(job, share)
            except OSError as error:
                raise WorkerError(none_given(error, workers=count)) from error
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


def _started(count: int, stack: ExitStack) -> "list[_Process]":
    """Starts processes, which end with `stack`.

    Raises:
        WorkerError: The system refuses a process, as it would in the run.
    """
    processes: list[_Process] = []
    try:
        while len(processes) < count:
            processes.append(stack.enter_context(_Process()))
    except OSError as error:
        raise WorkerError(not_started(error, running=len(processes), wanted=count)) from error
    return processes


def _tasks(job: Job, data: Sequence[LanguageData], draws: int) -> list[DrawTask]:
    """Returns the task of each language, or the one task of all languages that share pools."""
    if name := job.pooling.stream_name:
        return [DrawTask.of(name, data, draws)]
    return [DrawTask.of(entry.language, [entry], draws) for entry in data]


class _Process(Child):
    """Process that times draws of some languages, one language after the other."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        super().__init__(serve)
        self._rows_bytes = self.left = 0
        self.start_seconds = 0.0
        self.most_bytes = 0

    def give(self, job: Job, tasks: Sequence[DrawTask]) -> None:
        """Sends the process its languages to time.

        Raises:
            OSError: The system allows no further thread.
        """
        self._rows_bytes = sum(task.sample_bytes for task in tasks)
        self.left = len(tasks)
        self.post((job, tasks))

    def receive(self) -> list[TimedDraws]:
        """Receives one message of the process that times draws.

        Returns:
            The timing in the message; an empty list if the message says that the process has started.

        Raises:
            WorkerError: The process failed or died.
        """
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
        """Measures the memory of the process, and keeps it if it is the maximum so far."""
        held = worker_memory([self.pid]).largest - self._rows_bytes
        self.most_bytes = max(self.most_bytes, held)


def _by_language(timings: Iterable[TimedDraws]) -> dict[str, TimedDraws]:
    """Returns language -> one timing: the mean seconds of a filling and of a draw, and the sums of all seconds."""
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
