"""Observer: the protocol by which a run reports its events, to a display or to another program."""

from collections.abc import Collection, Sequence
from typing import Protocol

from tokstats_parallel.shards.plan import Shard


class Observer(Protocol):
    """Observer that receives the events of one run, in the thread that conducts the run."""

    def note(self, line: str) -> None:
        """Receives a line that a user should know."""

    def converting(self, language: str, done: int, total: int) -> None:
        """Receives the number of converted rows and the number of all rows of a language's corpus."""

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """Receives all shards of the run, and the shards among them that an earlier run has saved."""

    def working(self, pids: Sequence[int]) -> None:
        """Receives the process ids of the workers on this machine, at the start and after every change."""

    def finished(self, shard: Shard) -> None:
        """Receives a shard whose partial is saved."""

    def merging(self) -> None:
        """Receives the event that all shards are finished and the merge begins."""
