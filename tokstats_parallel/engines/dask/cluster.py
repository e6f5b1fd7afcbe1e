"""Cluster: what the engine asks of a Dask cluster, whether this run has started it or others have."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tokstats_parallel.engines.dask.tasks import Tasks
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard

if TYPE_CHECKING:
    from distributed import Client


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """Deaths of all workers that had a shard, as Dask reports them.

    Attributes:
        shard: Shard that Dask gives up. The workers may have died of another one that they had at the same time.
        tasks: Tasks of the run.
        deaths: Number of workers that have died.
        worker: Address of the last one.
        nanny: Address of the process that watched over the last one; empty if none did.
    """

    shard: Shard
    tasks: Tasks
    deaths: int
    worker: str
    nanny: str


class Cluster(Protocol):
    """Dask cluster of one run."""

    @property
    def workers(self) -> int:
        """Number of shards that the cluster runs at a time, at least 1; known after `start`."""
        ...

    def start(self) -> None:
        """Starts the processes of the cluster, or finds the running ones.

        Raises:
            WorkerError: The cluster cannot be used.
        """
        ...

    def connect(self, folder: Path, observer: Observer) -> "Client":
        """Returns the client of the cluster, when workers are ready and see the folder of the partials.

        Raises:
            WorkerError: The cluster cannot be used.
        """
        ...

    def look_after(self, observer: Observer) -> None:
        """Replaces processes that have died, or checks that others are there; called several times a second.

        Raises:
            WorkerError: The run cannot go on.
        """
        ...

    def error_of(self, death: Death) -> WorkerError:
        """Returns the error for a shard that Dask gives up, because the workers that had it have died."""
        ...

    def loss(self) -> WorkerError:
        """Returns the error for a scheduler that has gone."""
        ...

    def end(self, tasks: Tasks | None) -> None:
        """Ends the tasks, if there are any, and whatever `start` has started; a second call does nothing."""
        ...
