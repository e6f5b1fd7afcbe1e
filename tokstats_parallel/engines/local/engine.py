"""The local engine: processes on this machine, one shard at a time each.

Invariants: a process that dies or hangs is replaced (see `crew`); when `run` ends, in whatever way, its processes are
gone; when the coordinator dies, in whatever way, so are they.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Self

from tokstats_parallel.engines.interface import Task
from tokstats_parallel.engines.local.memory_pressure import MemoryWatch, Readings
from tokstats_parallel.engines.local.messages import not_started
from tokstats_parallel.engines.local.pool import Crew, Worker
from tokstats_parallel.engines.local.watchdog import Limits
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.plan import Shard

_LIMITS = Limits()
_READINGS = Readings()


class LocalEngine:
    """Processes that run shards.

    They start when its block begins, and are ready when the corpora are; they end with the run, so that none of their
    memory is left while the results are merged, or else with the block.
    """

    def __init__(
        self,
        workers: int,
        working: Callable[[Sequence[int]], None],
        notify: Callable[[str], None] = lambda _line: None,
        *,
        limits: Limits = _LIMITS,
        readings: Readings = _READINGS,
    ) -> None:
        """Takes the number of processes.

        Args:
            workers: At least 1.
            working: Is told theirs when a run begins, and again when they have changed.
            notify: Called with one line for each process that is replaced or given up.
            limits: When a process counts as hung.
            readings: Where the numbers about memory come from.
        """
        self._count = workers
        self._working = working
        self._notify = notify
        self._limits = limits
        self._readings = readings
        self._workers: dict[int, Worker] = {}

    def __enter__(self) -> Self:
        """Starts the processes.

        Raises:
            WorkerError: The system allows fewer processes, or fewer open files.
        """
        try:
            for number in range(self._count):
                self._workers[number] = Worker(number, self._limits)
        except OSError as error:
            running = len(self._workers)
            self._end()
            raise WorkerError(not_started(error, running=running, wanted=self._count)) from error
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends them."""
        self._end()

    def run(self, task: Task, shards: Sequence[Shard]) -> Iterator[tuple[Shard, Path]]:
        """See `Engine.run`; once."""
        try:
            for number in range(len(shards), self._count):
                self._workers.pop(number).end()
            memory = MemoryWatch(self._readings)
            crew = Crew(self._workers, task, shards, limits=self._limits, memory=memory, notify=self._notify)
            yield from crew.run(self._working)
        finally:
            self._end()

    def _end(self) -> None:
        while self._workers:
            next(iter(self._workers.values())).end()
            self._workers.pop(next(iter(self._workers)))
