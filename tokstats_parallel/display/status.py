"""The status of a run: its progress in numbers and sentences."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum

from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.wording import counted, duration, listed
from tokstats_parallel.system.workers_and_memory import WorkerMemory, worker_memory

MEMORY_SECONDS = 1.0


class Phase(Enum):
    """The phase of a run."""

    STARTING = "starting"
    CONVERTING = "converting"
    DRAWING = "drawing"
    MERGING = "merging"


@dataclass
class RunStatus:
    """The progress of a run. One thread writes it, others read it.

    Attributes:
        clock: A monotonic clock, in seconds.
        memory: Measures the memory of the processes with these ids.
        phase: The current phase.
        language: The language whose corpus is being converted.
        done: Rows converted, or batches drawn.
        total: Rows or batches in all.
        saved: Batches that an earlier run has saved; they count as done, but not for the rate.
    """

    clock: Callable[[], float] = time.monotonic
    memory: Callable[[Sequence[int]], WorkerMemory] = worker_memory
    phase: Phase = Phase.STARTING
    language: str = ""
    done: int = 0
    total: int = 0
    saved: int = 0
    _shards: int = 0
    _counts: dict[str, int] = field(default_factory=dict)
    _totals: dict[str, int] = field(default_factory=dict)
    _pids: Sequence[int] = ()
    _since: float = 0.0
    _measured: tuple[float, WorkerMemory] | None = None

    def convert(self, language: str, done: int, total: int) -> None:
        """Takes the number of a corpus's rows that are converted."""
        if (self.phase, self.language) != (Phase.CONVERTING, language):
            self._since, self.saved = self.clock(), 0
        self.phase, self.language, self.done, self.total = Phase.CONVERTING, language, done, total

    def plan(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """Takes all shards, and the ones that are saved already."""
        self._shards = len(shards)
        self._totals = _draws(shards, shards)
        self._counts = _draws(shards, saved)
        self.total = sum(self._totals.values())
        self.done = self.saved = sum(self._counts.values())
        self._since = self.clock()
        self.phase = Phase.DRAWING

    def work(self, pids: Sequence[int]) -> None:
        """Takes the ids of the worker processes; called again when one has been replaced."""
        if not self._pids:
            self._since = self.clock()
        self._pids = pids

    def finish(self, shard: Shard) -> None:
        """Takes a shard that has ended."""
        self._counts[shard.language] += shard.draws
        self.done += shard.draws

    def merge(self) -> None:
        """Starts the phase after the last shard."""
        self.phase, self._pids = Phase.MERGING, ()

    def rate(self) -> float | None:
        """Rows or batches per second in this phase; None before the first."""
        seconds = self.clock() - self._since
        new = self.done - self.saved
        return new / seconds if new and seconds > 0 else None

    def seconds_left(self) -> float | None:
        """Seconds until all are done at the current rate; None before there is a rate."""
        rate = self.rate()
        return (self.total - self.done) / rate if rate else None

    def beginning(self) -> str:
        """The sentence about the work ahead, when the shards are planned."""
        return f"{self.total:,} batches from {listed(list(self._totals))}, in {counted(self._shards, 'shard')}"

    def ending(self) -> str:
        """The sentence about the work done, when all shards have ended."""
        seconds = self.clock() - self._since
        rate = self.rate()
        speed = f", {rate:,.1f} batches/s" if rate else ""
        there = f" ({self.saved:,} of them from an earlier run)" if self.saved else ""
        return f"{self.done:,} batches{there} in {duration(seconds)}{speed}; merging"

    def lines(self) -> list[str]:
        """The progress in lines, the most important one first; none before the first phase."""
        match self.phase:
            case Phase.STARTING:
                return []
            case Phase.CONVERTING:
                return [f"converting {self.language}: {self._share('rows')}"]
            case Phase.DRAWING:
                return [self._share("batches"), self._languages(), *self._memory()]
            case Phase.MERGING:
                return ["merging"]

    def _share(self, unit: str) -> str:
        parts = [f"{self.done:,}/{self.total:,} {unit} ({self.done / max(1, self.total):.0%})"]
        rate, left = self.rate(), self.seconds_left()
        if rate is not None and left is not None:
            parts += [f"{rate:,.1f} {unit}/s", f"{duration(left)} left"]
        return ", ".join(parts)

    def _languages(self) -> str:
        return listed([f"{name} {self._counts[name]:,}/{total:,}" for name, total in self._totals.items()])

    def _memory(self) -> list[str]:
        if not self._pids:
            return []
        now = self.clock()
        if self._measured is None or now - self._measured[0] >= MEMORY_SECONDS:
            self._measured = now, self.memory(self._pids)
        memory = self._measured[1]
        each, all_ = memory.largest / 1e6, memory.total / 1e6
        return [f"{len(self._pids)} workers: {all_:,.0f} MB of memory, {each:,.0f} MB in the largest"]


def _draws(all_shards: Sequence[Shard], counted: Collection[Shard]) -> dict[str, int]:
    """The draws of each language in the shards `counted`, for all languages of all shards, by name."""
    draws = dict.fromkeys(sorted({shard.language for shard in all_shards}), 0)
    for shard in counted:
        draws[shard.language] += shard.draws
    return draws
