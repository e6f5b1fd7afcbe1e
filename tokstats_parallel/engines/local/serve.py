"""What a worker process does: shards that come through a pipe, answers and signs of life that go back.

It imports little: a process should draw before one that loads everything would have begun.
"""

import errno
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokstats_parallel.engines.interface import Task
from tokstats_parallel.engines.local.open_corpora import OpenCorpora
from tokstats_parallel.engines.local.process import started
from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.shards import partial
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.worker import ShardWorker, keep_memory
from tokstats_parallel.system.fault_injection import fault_point

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

BEAT = None
"""The message that is only a sign of life."""

NO_MEMORY = errno.ENOMEM
"""The exit code of a process that was not given the memory it asked for."""

Answer = tuple[Shard, Path | None, str | None]
"""A shard, and its partial or what went wrong."""


def serve(connection: "Connection[Any, Any]", beat_seconds: float) -> None:
    """Runs the shards that come through the connection after their task.

    Raises:
        EOFError: The coordinator has ended.
        OSError: The same; or the system has too few processes.
    """
    keep_memory()
    task = connection.recv()
    send = _sharing(connection)
    send(BEAT)
    started(_beat, send, beat_seconds)
    worker, corpora = ShardWorker(task.job), OpenCorpora(task.corpora)
    while True:
        shard = connection.recv()
        try:
            send(attempt(task, shard, worker, corpora))
        except MemoryError:
            os._exit(NO_MEMORY)


def attempt(task: Task, shard: Shard, worker: ShardWorker, corpora: OpenCorpora) -> Answer:
    """Runs and saves a shard.

    Raises:
        MemoryError: There was too little, which another process may have had.
    """
    try:
        corpus = corpora.of(shard.language)
        found = worker.run(shard, corpus)
        path = partial.save(task.parts, shard, *found, job_digest=task.job_digest, fingerprint=corpus.fingerprint)
        fault_point("shard-saved")
    except TokstatsError as error:
        return shard, None, str(error)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, the coordinator must hear of it
        return shard, None, f"{type(error).__name__}: {error}"
    return shard, path, None


def _sharing(connection: "Connection[Any, Any]") -> Callable[[Answer | None], None]:
    """What sends through the pipe from several threads, one message after the other."""
    lock = threading.Lock()

    def send(message: Answer | None) -> None:
        with lock:
            connection.send(message)

    return send


def _beat(send: Callable[[Answer | None], None], seconds: float) -> None:
    """Tells that this process runs, which it does not while it is stopped; native code lets other threads go on."""
    pause = threading.Event()
    with suppress(OSError):  # the coordinator has ended
        while True:
            pause.wait(seconds)
            send(BEAT)
