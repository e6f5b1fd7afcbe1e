"""Dask engine: runs the shards of a run as tasks of a Dask cluster, one shard a task.

Invariants: no result of a task has counts, which travel through files only. Dask gives the shards of lost workers to
others; partials have a writer's name of their own, so a shard may even be run twice at once. When the block ends, in
whatever way, no worker saves a partial of the run any more.
"""

import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tokstats_parallel.engines.dask.cluster import Cluster, Death
from tokstats_parallel.engines.dask.messages import failure, not_shared
from tokstats_parallel.engines.dask.quiet import quiet
from tokstats_parallel.engines.dask.tasks import Tasks
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.partial import SUFFIX
from tokstats_parallel.shards.plan import Shard

if TYPE_CHECKING:
    from distributed import Future

POLL = 0.2
"""Largest time between two looks at the cluster, in seconds."""
APPEARANCE_SECONDS = 10.0
"""Time after which a partial of another machine must be seen here; shared disks may be some seconds late."""


class DaskEngine:
    """Engine that runs shards as tasks of a Dask cluster; see `Engine`.

    Attributes:
        shares_folder: False.
    """

    shares_folder = False

    def __init__(self, cluster: Cluster) -> None:
        """Takes the cluster; nothing starts yet."""
        self._cluster = cluster
        self._tasks: Tasks | None = None
        self._stack = ExitStack()

    @property
    def workers(self) -> int:
        """Number of shards that the cluster runs at a time."""
        return self._cluster.workers

    def __enter__(self) -> Self:
        """Starts the cluster, or connects to it.

        Raises:
            WorkerError: The cluster cannot be used.
        """
        import distributed  # noqa: F401, PLC0415 - its loggers must be there to be silenced

        with ExitStack() as stack:
            stack.enter_context(quiet())
            stack.callback(self._end)
            self._cluster.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the run in the cluster, and a cluster that this engine has started."""
        self._stack.close()

    def run(self, setup: RunSetup, shards: Sequence[Shard], observer: Observer) -> Iterator[tuple[Shard, Path]]:
        """Executes the shards as `Engine.run` says; can be called once in a block."""
        if not shards:
            return
        try:
            client = self._cluster.connect(setup.partials_folder, observer)
            tasks = self._tasks = Tasks(client)
            tasks.submit(setup, shards, self.workers)
            while len(tasks):
                done = tasks.next(POLL)
                self._cluster.look_after(observer)
                if done:
                    shard, future = done
                    self._require_success(tasks, shard, future)
                    yield shard, _seen(setup.partials_folder / f"{shard}{SUFFIX}")
        except (OSError, CancelledError) as error:  # of the connection to the scheduler
            raise self._cluster.loss() from error
        finally:
            self._end()

    def _require_success(self, tasks: Tasks, shard: Shard, future: "Future[Any]") -> None:
        """Raises the error of a task that is done, but not well.

        Raises:
            WorkerError: The shard has failed, or the scheduler has gone.
        """
        from distributed import KilledWorker  # noqa: PLC0415 - the engine is made without Dask

        if future.status == "finished":
            return
        if future.status != "error":
            raise self._cluster.loss()
        error = future.exception()
        if isinstance(error, KilledWorker):
            worker = error.last_worker
            raise self._cluster.error_of(
                Death(
                    shard=shard,
                    tasks=tasks,
                    deaths=error.allowed_failures + 1,
                    worker=worker.address,
                    nanny=worker.nanny or "",
                )
            )
        raise WorkerError(failure(shard, error))

    def _end(self) -> None:
        self._cluster.end(self._tasks)


def _seen(path: Path) -> Path:
    """Returns the path of a partial when the file is seen here; another machine may have written it.

    Raises:
        WorkerError: The file does not appear.
    """
    deadline = time.monotonic() + APPEARANCE_SECONDS
    while not path.exists():
        if time.monotonic() > deadline:
            raise WorkerError(not_shared(path, "was written by a Dask worker, but is not to be seen here"))
        time.sleep(POLL)
        os.listdir(path.parent)  # noqa: PTH208 - makes a network file system look again
    return path
