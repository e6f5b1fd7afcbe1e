"""The local engine: processes on this machine, one shard at a time each.

Invariants: a process that dies, in whatever way, is noticed at once and named with its shard; when `run` ends, in
whatever way, its processes are gone; when the coordinator dies, in whatever way, so are they.
"""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

import multiprocess.connection

from tokstats_parallel import faults, partial
from tokstats_parallel.corpus import Corpus, open_handle
from tokstats_parallel.engines import Task
from tokstats_parallel.engines.process import Child, shield
from tokstats_parallel.errors import TokstatsError, WorkerError
from tokstats_parallel.plan import Shard
from tokstats_parallel.schedule import Schedule
from tokstats_parallel.worker import ShardWorker


class LocalEngine:
    """Processes that run shards.

    They start when its block begins, and are ready when the corpora are; they end with the run, so that none of their
    memory is left while the results are merged, or else with the block.
    """

    def __init__(self, workers: int, working: Callable[[Sequence[int]], None]) -> None:
        """Takes the number of processes; `working` is told theirs when a run begins."""
        self._count = workers
        self._working = working
        self._workers: list[_Worker] = []
        self._started = ExitStack()

    def __enter__(self) -> Self:
        """Starts the processes."""
        with ExitStack() as stack:
            self._workers = [stack.enter_context(_Worker(number)) for number in range(self._count)]
            self._started = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends them."""
        self._started.close()

    def run(self, task: Task, shards: Sequence[Shard]) -> Iterator[tuple[Shard, Path]]:
        """See `Engine.run`; once."""
        schedule = Schedule(shards, self._count)
        with self._started:
            workers = self._workers[: len(shards)]
            self._working([worker.pid for worker in workers])
            for worker in workers:
                worker.begin(task)
            busy = {worker.connection: worker for worker in workers if worker.give(schedule)}
            while busy:
                for connection in multiprocess.connection.wait(list(busy)):
                    worker = busy[connection]
                    yield worker.take()
                    if not worker.give(schedule):
                        del busy[connection]


class _Worker(Child):
    """A process that runs the shards that it is given, one after the other."""

    def __init__(self, number: int) -> None:
        super().__init__(_serve)
        self._number = number
        self._shard: Shard | None = None

    def begin(self, task: Task) -> None:
        """Tells it what its shards will be of."""
        self._send(task)

    def give(self, schedule: Schedule) -> bool:
        """Gives it its next shard; False where none is left."""
        shard = schedule.next(self._number)
        if shard is None:
            return False
        self._shard = shard
        self._send(shard)
        return True

    def _send(self, message: Task | Shard) -> None:
        try:
            self.connection.send(message)
        except OSError:
            raise self._death() from None

    def take(self) -> tuple[Shard, Path]:
        """The result of the shard that was given."""
        try:
            shard, path, failure = self.connection.recv()
        except (EOFError, OSError):
            raise self._death() from None
        if failure:
            raise WorkerError(f"shard {shard}: {failure}")
        return shard, path

    def _death(self) -> WorkerError:
        code = self.exit_code()
        how = f"ended with exit code {code}"
        if code is not None and code < 0:
            how = f"was killed by {signal.Signals(-code).name}"
        if code == -signal.SIGKILL:
            how += " (out of memory?)"
        subject = f"shard {self._shard}: its" if self._shard else "a"
        return WorkerError(
            f"{subject} worker process {how}; finished shards are kept: "
            "run the same command again, with fewer --workers if memory is short"
        )


def _serve(connection: Any) -> None:  # noqa: ANN401 - multiprocess has no types
    """Runs the shards that come through the pipe after their task, until it closes."""
    shield()
    corpora: dict[str, Corpus] = {}
    with suppress(EOFError, ConnectionError):  # the coordinator has ended
        task = connection.recv()
        worker = ShardWorker(task.job)
        while True:
            connection.send(_attempt(task, connection.recv(), worker, corpora))


def _attempt(
    task: Task, shard: Shard, worker: ShardWorker, corpora: dict[str, Corpus]
) -> tuple[Shard, Path | None, str | None]:
    """Runs and saves a shard: (shard, its partial, None), or (shard, None, what went wrong)."""
    try:
        if shard.language not in corpora:
            corpora[shard.language] = open_handle(task.corpora[shard.language])
        corpus = corpora[shard.language]
        run = worker.run(shard, corpus)
        path = partial.save(task.parts, shard, run, job_digest=task.job_digest, fingerprint=corpus.fingerprint)
        faults.point("shard-saved")
    except TokstatsError as error:
        return shard, None, str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the coordinator must hear of it
        return shard, None, f"{type(error).__name__}: {error}"
    return shard, path, None
