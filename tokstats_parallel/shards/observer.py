"""Observer of a run: receives its events, for display or for a program."""

from collections.abc import Collection, Sequence
from typing import Protocol

from tokstats_parallel.shards.plan import Shard


class Observer(Protocol):
    """Receives the events of a run, in the thread that conducts it."""

    def note(self, line: str) -> None:
        """Receives a line that a user should know."""

    def converting(self, language: str, done: int, total: int) -> None:
        """Receives the number of rows of a corpus that are converted, and of all its rows."""

    def planned(self, shards: Sequence[Shard], saved: Collection[Shard]) -> None:
        """Receives all shards of the run, and those among them that an earlier run has saved."""

    def working(self, pids: Sequence[int]) -> None:
        """Receives the ids of the worker processes on this machine; again whenever they have changed."""

    def finished(self, shard: Shard) -> None:
        """Receives a shard whose partial is saved."""

    def merging(self) -> None:
        """Is called when all shards are finished."""
