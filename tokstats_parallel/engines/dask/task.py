"""Task: runs one shard in a Dask worker, and keeps the pool for the next shard of the chain.

Dask knows the shards of a chain as tasks that depend on each other: the result of a task is a `Finished`, which stays
in the memory of its worker, so Dask gives the next task to the same worker. The task takes the pool out of it. All
state belongs to results of tasks, so a worker frees it when the run ends, even if the coordinator was killed.

This module is loaded in Dask workers, so it imports little.
"""

import asyncio
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import uuid4

from tokstats_parallel.corpus.corpus import Corpus
from tokstats_parallel.engines.attempt import attempt
from tokstats_parallel.engines.dask.beginnings import tell
from tokstats_parallel.engines.dask.versions import Versions, differences, versions
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.open_corpora import OpenCorpora
from tokstats_parallel.errors import TokstatsError, WorkerError
from tokstats_parallel.shards import partial
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import ShardCounts, ShardWorker

_PAUSE = 0.02

_ended: set[str] = set()
_under_way = Counter[str]()
_lock = threading.Lock()


class _SharedCorpora(OpenCorpora):
    """Open corpora that several threads of a worker use."""

    def __init__(self, setup: RunSetup) -> None:
        super().__init__(setup.corpora)
        self._lock = threading.Lock()

    def of(self, languages: Iterable[str]) -> tuple[Corpus, ...]:
        with self._lock:
            return super().of(languages)


@dataclass(frozen=True, slots=True)
class RunState:
    """State of a run that all threads of a Dask worker share. It is pickled without the open corpora.

    Attributes:
        run: Name of the run, which no other run has.
        setup: Setup of the run.
        host: Name of the coordinator's machine.
        versions: Versions of the coordinator.
        corpora: Open corpora of this worker.
    """

    run: str
    setup: RunSetup
    host: str
    versions: Versions
    corpora: OpenCorpora = field(init=False, compare=False)

    def __post_init__(self) -> None:
        """Opens no corpus yet."""
        object.__setattr__(self, "corpora", _SharedCorpora(self.setup))

    def __reduce__(self) -> tuple[object, ...]:
        """Leaves the open corpora out."""
        return RunState, (self.run, self.setup, self.host, self.versions)

    def has_ended(self) -> bool:
        """Returns whether `end_run` was called in this process."""
        return self.run in _ended


class _Worker(ShardWorker):
    """Shard worker that returns no counts when the run has ended, so that no partial is saved."""

    def __init__(self, state: RunState) -> None:
        super().__init__(state.setup.job)
        self._state = state

    def run(self, shard: Shard, corpora: Sequence[Corpus]) -> list[ShardCounts]:
        counts = super().run(shard, corpora)
        if self._state.has_ended():
            raise WorkerError("the run has ended")
        return counts


class Finished:
    """Result of a task: the runner of its shard, with the pool that the next shard of the chain continues."""

    def __init__(self, worker: ShardWorker | None = None) -> None:
        """Takes the runner; None if no shard follows."""
        self._worker = worker

    def __reduce__(self) -> tuple[object, ...]:
        """Leaves the runner out: in another worker, the next shard fills its pool."""
        return Finished, ()

    def take(self) -> ShardWorker | None:
        """Returns the runner, and gives it up; None if there is none any more."""
        worker, self._worker = self._worker, None
        return worker


def run_task(state: RunState, shard: Shard, last: Finished | None, *, is_followed: bool) -> Finished:
    """Runs a shard and saves its partial.

    A partial that is there already is not made again: Dask repeats a finished task whose result was lost with a worker.

    Args:
        state: State of the run.
        shard: Shard to run.
        last: Result of the task before in the chain; None for the first one.
        is_followed: Whether another shard of the chain follows.

    Raises:
        WorkerError: The shard cannot be run here, or the run has ended.
        MemoryError: Too little memory was free.
    """
    with _counted(state):
        refuse_other_versions(state)
        if _is_saved(state.setup, shard):
            return Finished()
        tell(state.run, shard)
        worker = (last.take() if last else None) or _Worker(state)
        setup = replace(state.setup, writer=uuid4().hex)
        _, _, failure = attempt(setup, shard, worker, state.corpora)
        tell(state.run, None)
    if failure:
        raise WorkerError(f"shard {shard}{_place(state)}: {failure}")
    return Finished(worker if is_followed else None)


def refuse_other_versions(state: RunState) -> None:
    """Refuses to run a shard of a coordinator with other versions.

    Raises:
        WorkerError: A version differs.
    """
    if found := differences(versions(), state.versions):
        raise WorkerError(f"a Dask worker on {socket.gethostname()} has another program ({found})")


async def end_run(run: str, seconds: float) -> None:
    """Ends a run in this worker: its shards under way save no partial.

    Args:
        run: Name of the run.
        seconds: Time after which the function returns although shards are under way.
    """
    with _lock:
        _ended.add(run)
    deadline = time.monotonic() + seconds
    while _under_way[run] and time.monotonic() < deadline:  # noqa: ASYNC110 - threads end the shards
        await asyncio.sleep(_PAUSE)


@contextmanager
def _counted(state: RunState) -> Iterator[None]:
    """Counts a shard as under way inside the block.

    Raises:
        WorkerError: The run has ended.
    """
    with _lock:
        if state.has_ended():
            raise WorkerError("the run has ended")
        _under_way[state.run] += 1
    try:
        yield
    finally:
        with _lock:
            _under_way[state.run] -= 1


def _is_saved(setup: RunSetup, shard: Shard) -> bool:
    path = setup.partials_folder / f"{shard}{partial.SUFFIX}"
    if not path.exists():
        return False
    try:
        partial.check(path, job_digest=setup.job_digest, fingerprints=setup.fingerprints())
    except TokstatsError:
        return False
    return True


def _place(state: RunState) -> str:
    """Returns words for a message that name this machine, unless it is the machine of the coordinator."""
    host = socket.gethostname()
    return "" if host == state.host else f", on {host}"
