"""Tasks: submits the shards of a run to a Dask scheduler, and tells which tasks are done."""

import socket
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from tokstats_parallel.engines.dask.sections import cut, draws
from tokstats_parallel.engines.dask.task import RunState, run_task
from tokstats_parallel.engines.dask.versions import versions
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.shards.plan import Shard

if TYPE_CHECKING:
    from distributed import Client, Future

RETRIES = 2
"""Number of further tries of a shard that has failed for lack of memory; Dask counts lost workers apart."""


class Tasks:
    """Tasks of a run: one for each shard, and one whose result is the state of the run.

    Attributes:
        run: Name of the run, which no other run has.
    """

    def __init__(self, client: "Client") -> None:
        """Takes the client of the scheduler; nothing is submitted yet."""
        self.run = uuid4().hex
        self._client = client
        self._done: SimpleQueue[Future[Any]] = SimpleQueue()
        self._left: dict[Any, tuple[Shard, Future[Any]]] = {}

    def submit(self, setup: RunSetup, shards: Sequence[Shard], workers: int) -> None:
        """Submits all tasks; must be called once.

        Args:
            setup: Setup of the run.
            shards: Shards that do not overlap.
            workers: Number of shards that are run at a time.
        """
        self._state = self._submitted_state(setup)
        for section in cut(shards, workers):
            for shard, future in self._submitted(section):
                self._left[future.key] = shard, future
                future.add_done_callback(self._done.put)

    def __len__(self) -> int:
        """Returns the number of tasks that `next` has not returned."""
        return len(self._left)

    def next(self, seconds: float) -> "tuple[Shard, Future[Any]] | None":
        """Returns a shard whose task is done, well or not, with its future; None if there is none for `seconds`."""
        try:
            return self._left.pop(self._done.get(timeout=seconds).key)
        except Empty:
            return None

    def shards(self) -> list[Shard]:
        """Returns the shards whose tasks `next` has not returned."""
        return [shard for shard, _ in self._left.values()]

    def cancel(self) -> None:
        """Cancels all tasks; a worker ends the shard that it runs all the same (see `task.end_run`)."""
        self._client.cancel([future for _, future in self._left.values()])

    def _submitted_state(self, setup: RunSetup) -> "Future[Any]":
        """Submits the task of the state, and has its result in all workers, so that each may get the first shards."""
        state = self._client.submit(
            RunState, self.run, setup, socket.gethostname(), versions(), key=(f"tokstats-setup-{self.run}", 0)
        )
        state.result()
        self._client.replicate([state])
        return state

    def _submitted(self, section: Sequence[Shard]) -> "Iterator[tuple[Shard, Future[Any]]]":
        """Submits the shards of a section; each task but the first depends on the task before."""
        last = None
        for shard in section:
            last = self._client.submit(
                run_task,
                self._state,
                shard,
                last,
                is_followed=shard is not section[-1],
                # Dask has statistics for each first part of a key, and looks for other workers for the first shards.
                key=(f"tokstats-{'next' if last else 'first'}-{self.run}", str(shard)),
                retries=RETRIES,
                priority=draws(section),
            )
            yield shard, last
