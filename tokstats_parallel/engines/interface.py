"""Protocol of all engines, and the task that every worker of a run receives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import CorpusHandle
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTask:
    """Data that a worker needs to run any shard of a run; picklable.

    Attributes:
        job: The job.
        job_digest: Its digest, which every partial holds.
        corpora: Language -> handle that opens its rows.
        partials_folder: The folder where partials are saved; engine and coordinator see the same files in it.
    """

    job: Job
    job_digest: str
    corpora: Mapping[str, CorpusHandle]
    partials_folder: Path


class Engine(Protocol):
    """Executes shards somewhere; used as a context manager, for one run.

    Invariants of every engine: `shards.partial.save` writes each partial; when the block ends, in whatever way, nothing
    of the run is executed any more, and no partial appears later.
    """

    @property
    def workers(self) -> int:
        """The number of shards that it executes at a time, at least 1."""
        ...

    def __enter__(self) -> Self:
        """Starts the workers, as far as they can start without a task.

        Raises:
            WorkerError: They cannot be started.
        """
        ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Ends the workers."""
        ...

    def run(self, task: RunTask, shards: Sequence[Shard], observer: Observer) -> Iterator[tuple[Shard, Path]]:
        """Executes every shard, and yields each with the path of its partial, in the order in which they end.

        Args:
            task: The task.
            shards: The shards, none of which overlap, the longest first.
            observer: Receives the workers' process ids and notes; the caller reports finished shards.

        Raises:
            WorkerError: A shard failed; the others are stopped.
        """
        ...
