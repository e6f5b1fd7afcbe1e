"""Memory pressure: detects low memory, and processes that died of it.

A check reads some small files of the system, and one file for each worker process.
"""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tokstats_parallel.engines.local.serve import NO_MEMORY
from tokstats_parallel.system.control_groups import count_oom_kills
from tokstats_parallel.system.wording import size_text
from tokstats_parallel.system.workers_and_memory import AvailableMemory, WorkerMemory, measure_memory, worker_memory

RESERVE_SHARE = 0.05
MIN_RESERVE = 200_000_000
MAX_RESERVE = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Functions that measure memory; tests replace these functions.

    Attributes:
        available: Returns the available memory.
        used: Returns the memory that the processes with the given ids use.
        oom_kills: Returns the number of processes that the kernel has ended for lack of memory; None if unknown.
    """

    available: Callable[[], AvailableMemory] = measure_memory
    used: Callable[[Sequence[int]], WorkerMemory] = worker_memory
    oom_kills: Callable[[], int | None] = count_oom_kills


class MemoryWatch:
    """Watch over the memory of a run's worker processes."""

    def __init__(self, readings: Readings) -> None:
        """Reads the number of kills before the run, so that `was_cause` does not count them."""
        self._readings = readings
        self._oom_kills = readings.oom_kills()
        self._largest = 0
        self._least_free: int | None = None

    def is_short(self, pids: Sequence[int]) -> bool:
        """Returns whether less memory is free than `reserve` returns; `pids` are the ids of the worker processes."""
        self._largest = max(self._largest, self._readings.used(pids).largest)
        memory = self._readings.available()
        self._least_free = memory.free if self._least_free is None else min(self._least_free, memory.free)
        return memory.free < reserve(memory)

    def was_cause(self, code: int | None) -> bool:
        """Returns whether a process with this exit code died for lack of memory; must be called once for each death."""
        if code != -signal.SIGKILL or self._oom_kills is None:
            return code in (-signal.SIGKILL, NO_MEMORY)
        if (self._readings.oom_kills() or 0) <= self._oom_kills:
            return False
        self._oom_kills += 1
        return True

    def figures(self) -> str:
        """Returns a text with the used and the free memory, for a message.

        The largest use is taken from earlier checks, because a process that has died uses no memory any more.
        """
        used = f"a worker was seen to use {size_text(self._largest)}; " if self._largest else ""  # may have died early
        memory = self._readings.available()
        free = f"{size_text(memory.free)} of {size_text(memory.total)} are free {memory.where}"
        if self._least_free is not None and self._least_free < memory.free:
            free += f", {size_text(self._least_free)} were at times"
        return used + free


def reserve(memory: AvailableMemory) -> int:
    """Returns the number of bytes that must stay free, so that growth between two checks does not end in a kill."""
    return min(MAX_RESERVE, max(MIN_RESERVE, int(RESERVE_SHARE * memory.total)))
