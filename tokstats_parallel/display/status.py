"""Status of a run: the progress in numbers, and the sentences that displays show."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from enum import Enum

from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.wording import counted, duration, listed
from tokstats_parallel.system.workers_and_memory import WorkerMemory, worker_memory

MEMORY_SECONDS = 1.0


class Phase(Enum):
    """Phase of a run, in the sense of the display of progress."""

    STARTING = "starting"
    CONVERTING = "converting"
    DRAWING = "drawing"
    MERGING = "merging"


@dataclass
class RunStatus:
    """Progress of a run; one thread updates the fields, and other threads read them.

    Attributes:
        clock: Monotonic clock, in seconds.
        memory: Function that measures the memory of processes, by their ids.
        phase: Current phase of the run.
        language: Name of the language whose corpus is being converted.
        done: Number of rows converted so far, or of batches drawn so far, by the phase.
        total: Number of rows of the corpus, or of batches of the run, by the phase.
        saved: Number of batches that an earlier run has saved; `done` includes them, but the rate does not.
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
        """Notes that `done` of the `total` rows of a language's corpus are converted."""
        if (self.phase, self.language) != (Phase.CONVERTING, language):
            self._since, self.saved = self.clock(), 0
        self.phase, self.language, self.done, self.total = Phase.CONVERTING, language, done, total

    def plan(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """Notes the plan: `shards` are all shards of the run, `saved` the ones that an earlier run has saved."""
        self._shards = len(shards)
        self._totals = _draws(shards, shards)
        self._counts = _draws(shards, saved)
        self.total = sum(self._totals.values())
        self.done = self.saved = sum(self._counts.values())
        self._since = self.clock()
        self.phase = Phase.DRAWING

    def work(self, pids: Sequence[int]) -> None:
        """Notes the ids of the worker processes; it is called again when a process has been replaced."""
        if not self._pids:
            self._since = self.clock()
        self._pids = pids

    def finish(self, shard: Shard) -> None:
        """Notes that a worker has finished `shard`."""
        self._counts[shard.language] += shard.draws
        self.done += shard.draws

    def merge(self) -> None:
        """Notes that all shards are finished and the merge begins."""
        self.phase, self._pids = Phase.MERGING, ()

    def rate(self) -> float | None:
        """Returns the rows or batches per second in the current phase; None before the first row or batch."""
        seconds = self.clock() - self._since
        new = self.done - self.saved
        return new / seconds if new and seconds > 0 else None

    def seconds_left(self) -> float | None:
        """Returns the seconds until the phase ends, at the current rate; None if there is no rate yet."""
        rate = self.rate()
        return (self.total - self.done) / rate if rate else None

    def beginning(self) -> str:
        """Returns the sentence about the batches and shards of the run, for the moment when they are planned."""
        return f"{counted(self.total, 'batch')} from {listed(list(self._totals))}, in {counted(self._shards, 'shard')}"

    def ending(self) -> str:
        """Returns the sentence about the batches drawn and their rate, for the moment when all shards are finished."""
        if not self._shards:  # they are other processes' work
            return "merging"
        seconds = self.clock() - self._since
        rate = self.rate()
        speed = f", {rate:,.1f} batches/s" if rate else ""
        there = f" ({self.saved:,} of them from an earlier run)" if self.saved else ""
        return f"{counted(self.done, 'batch')}{there} in {duration(seconds)}{speed}; merging"

    def lines(self) -> list[str]:
        """Returns the progress of the run in lines, the most important line first; no line before the first phase."""
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
    """Counts the draws in the shards `counted`; returns language -> draws, for every language of `all_shards`."""
    draws = dict.fromkeys(sorted({shard.language for shard in all_shards}), 0)
    for shard in counted:
        draws[shard.language] += shard.draws
    return draws
