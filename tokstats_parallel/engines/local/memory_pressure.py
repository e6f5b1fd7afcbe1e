"""Whether memory is short, and whether a process has died of that.

A look costs what reading a few small files of the system costs, and one for each process.
"""

import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tokstats_parallel.engines.local.serve import NO_MEMORY
from tokstats_parallel.system.control_groups import count_oom_kills
from tokstats_parallel.system.resources import AvailableMemory, WorkerMemory, measure_memory, worker_memory
from tokstats_parallel.system.wording import size_text

RESERVE_SHARE = 0.05
LEAST_RESERVE = 200_000_000
MOST_RESERVE = 500_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Where the numbers come from.

    Attributes:
        room: The memory that is left.
        used: What the processes of these numbers use.
        oom_kills: How many processes the kernel has ended for want of memory; None where it does not tell.
    """

    room: Callable[[], AvailableMemory] = measure_memory
    used: Callable[[Sequence[int]], WorkerMemory] = worker_memory
    oom_kills: Callable[[], int | None] = count_oom_kills


class MemoryWatch:
    """Looks at the memory of a run."""

    def __init__(self, readings: Readings) -> None:
        """Begins; what the kernel has ended before is not ours."""
        self._readings = readings
        self._oom_kills = readings.oom_kills()
        self._most = 0
        self._least: int | None = None

    def is_short(self, pids: Sequence[int]) -> bool:
        """Whether less is left than the reserve; these are the processes."""
        self._most = max(self._most, self._readings.used(pids).largest)
        room = self._readings.room()
        self._least = room.free if self._least is None else min(self._least, room.free)
        return room.free < reserve(room)

    def was_cause(self, code: int | None) -> bool:
        """Whether a process that ended with this code did so for want of memory; to be asked once for each."""
        if code != -signal.SIGKILL or self._oom_kills is None:
            return code in (-signal.SIGKILL, NO_MEMORY)
        if (self._readings.oom_kills() or 0) <= self._oom_kills:
            return False
        self._oom_kills += 1
        return True

    def figures(self) -> str:
        """What is known, for a message.

        A process that has died uses nothing any more, and what it used between two looks nobody has seen.
        """
        used = f"a worker was seen to use {size_text(self._most)}; " if self._most else ""  # it may have died too soon
        room = self._readings.room()
        free = f"{size_text(room.free)} of {size_text(room.total)} are free {room.where}"
        if self._least is not None and self._least < room.free:
            free += f", {size_text(self._least)} were at times"
        return used + free


def reserve(room: AvailableMemory) -> int:
    """Bytes that must stay free, so that what happens within a look or two does not end in a kill."""
    return min(MOST_RESERVE, max(LEAST_RESERVE, int(RESERVE_SHARE * room.total)))
