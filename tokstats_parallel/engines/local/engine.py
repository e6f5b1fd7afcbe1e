"""Local engine: runs shards in worker processes on this machine, one shard at a time in each process.

Invariants: a process that dies or hangs is replaced (see `worker_pool`). When `run` ends, in whatever way, all worker
processes are gone. When the coordinator dies, in whatever way, all worker processes end, too (see `process`).
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.local.memory_pressure import MemoryWatch, Readings
from tokstats_parallel.engines.local.messages import not_started
from tokstats_parallel.engines.local.watchdog import Limits
from tokstats_parallel.engines.local.worker_pool import Worker, WorkerPool
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.workers_and_memory import allow_files

_LIMITS = Limits()
_READINGS = Readings()
_OTHER_FILES = 256
"""Number of files that this process may have open besides its connections to the workers, one for each worker."""


class LocalEngine:
    """Engine that runs shards in worker processes on this machine; see `Engine`.

    The processes start at the beginning of the block, so that they are ready when the corpora are. The processes end
    with the last shard, so that their memory is free during the merge, and at the end of the block at the latest.

    Attributes:
        workers: Number of worker processes.
        shares_folder: False.
    """

    shares_folder = False

    def __init__(self, workers: int, *, limits: Limits = _LIMITS, readings: Readings = _READINGS) -> None:
        """Takes the number of worker processes; no process starts yet.

        Args:
            workers: Number of worker processes, at least 1. It never changes the result.
            limits: Times after which a process counts as hung.
            readings: Functions that measure memory.
        """
        self.workers = workers
        self._limits = limits
        self._readings = readings
        self._running: dict[int, Worker] = {}

    def __enter__(self) -> Self:
        """Starts the worker processes.

        Raises:
            WorkerError: The system allows fewer processes, or fewer open files.
        """
        allow_files(self.workers + _OTHER_FILES)
        try:
            for number in range(self.workers):
                self._running[number] = Worker(number, self._limits)
        except OSError as error:
            running = len(self._running)
            self._end()
            raise WorkerError(not_started(error, running=running, wanted=self.workers)) from error
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the worker processes."""
        self._end()

    def run(self, setup: RunSetup, shards: Sequence[Shard], observer: Observer) -> Iterator[tuple[Shard, Path]]:
        """Executes the shards as `Engine.run` says; can be called once in a block."""
        try:
            for number in range(len(shards), self.workers):
                self._running.pop(number).end()
            memory = MemoryWatch(self._readings)
            pool = WorkerPool(self._running, setup, shards, limits=self._limits, memory=memory, observer=observer)
            yield from pool.run()
        finally:
            self._end()

    def _end(self) -> None:
        while self._running:
            next(iter(self._running.values())).end()
            self._running.pop(next(iter(self._running)))
