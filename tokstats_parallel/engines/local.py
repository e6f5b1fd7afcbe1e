"""The local engine: processes on this machine, one shard at a time each.

Invariants: a process that dies, in whatever way, is noticed at once and named with its shard; when `run` ends, in
whatever way, its processes are gone; when the coordinator dies, in whatever way, so are they.
"""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import multiprocess
import multiprocess.connection
import multiprocess.resource_tracker

from tokstats_parallel import partial
from tokstats_parallel.corpus import Corpus, open_handle
from tokstats_parallel.engines import Task
from tokstats_parallel.errors import TokstatsError, WorkerError
from tokstats_parallel.plan import Shard
from tokstats_parallel.worker import run_shard

# Threads (Arrow's, the progress display's) and fork do not mix, so a worker begins with a new interpreter.
_CONTEXT = multiprocess.get_context("spawn")


class LocalEngine:
    """Runs shards in `workers` processes."""

    def __init__(self, task: Task, workers: int, working: Callable[[Sequence[int]], None]) -> None:
        """Takes what is to be done; `working` is told the processes' numbers."""
        self._task = task
        self._workers = workers
        self._working = working

    def run(self, shards: Sequence[Shard]) -> Iterator[tuple[Shard, Path]]:
        """See `Engine.run`."""
        waiting = deque(shards)
        with ExitStack() as stack:
            workers = [stack.enter_context(_Worker(self._task)) for _ in shards[: self._workers]]
            self._working([worker.pid for worker in workers])
            for worker in workers:
                worker.give(waiting.popleft())
            busy = {worker.connection: worker for worker in workers}
            while busy:
                for connection in multiprocess.connection.wait(list(busy)):
                    worker = busy[connection]
                    yield worker.take()
                    if waiting:
                        worker.give(waiting.popleft())
                    else:
                        del busy[connection]


class _Worker:
    """One process and the pipe to it; a dead process closes its end, which makes the pipe ready."""

    def __init__(self, task: Task) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        self._process: Any = _CONTEXT.Process(target=_serve, args=(theirs, task), daemon=True)
        multiprocess.resource_tracker.ensure_running()  # it would unblock the signal
        # Inherited: a worker must not hear of a Ctrl-C even while it starts.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self._shard: Shard | None = None

    @property
    def pid(self) -> int:
        pid: int = self._process.pid
        return pid

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self.connection.close()

    def give(self, shard: Shard) -> None:
        self._shard = shard
        try:
            self.connection.send(shard)
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
        self._process.join(timeout=5)
        code = self._process.exitcode
        how = f"ended with exit code {code}"
        if code is not None and code < 0:
            how = f"was killed by {signal.Signals(-code).name}"
        if code == -signal.SIGKILL:
            how += " (out of memory?)"
        return WorkerError(
            f"shard {self._shard}: its worker process {how}; finished shards are kept: "
            "run the same command again, with fewer --workers if memory is short"
        )


def _serve(connection: Any, task: Task) -> None:  # noqa: ANN401 - multiprocess has no types
    """Runs the shards that come through the pipe, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the coordinator decides what a Ctrl-C means
    threading.Thread(target=_die_with_the_coordinator, daemon=True).start()
    corpora: dict[str, Corpus] = {}
    while True:
        try:
            shard: Shard = connection.recv()
        except EOFError:
            return
        connection.send(_attempt(task, shard, corpora))


def _attempt(task: Task, shard: Shard, corpora: dict[str, Corpus]) -> tuple[Shard, Path | None, str | None]:
    """Runs and saves a shard: (shard, its partial, None), or (shard, None, what went wrong)."""
    try:
        if shard.language not in corpora:
            corpora[shard.language] = open_handle(task.corpora[shard.language])
        corpus = corpora[shard.language]
        run = run_shard(task.job, shard, corpus)
        path = partial.save(task.parts, shard, run, job_digest=task.job_digest, fingerprint=corpus.fingerprint)
    except TokstatsError as error:
        return shard, None, str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, the coordinator must hear of it
        return shard, None, f"{type(error).__name__}: {error}"
    return shard, path, None


def _die_with_the_coordinator() -> None:
    multiprocess.connection.wait([multiprocess.parent_process().sentinel])
    os._exit(1)
