"""Main loop of a worker process: receives shards through its connection, sends answers and heartbeats back.

It imports little, so a process can draw its first batch sooner.
"""

import errno
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokstats_parallel.engines.interface import RunTask
from tokstats_parallel.engines.local.open_corpora import OpenCorpora
from tokstats_parallel.engines.local.process import started
from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.shards import partial
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import ShardWorker, keep_memory
from tokstats_parallel.system.fault_injection import fault_point

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

HEARTBEAT = None
"""Message that says only that the process runs."""

NO_MEMORY = errno.ENOMEM
"""Exit code of a process that could not get the memory it asked for."""

Answer = tuple[Shard, Path | None, str | None]
"""A shard, and the path of its partial or the message of its error."""


def serve(connection: "Connection[Any, Any]", heartbeat_seconds: float) -> None:
    """Runs the shards that come through the connection after their task.

    Raises:
        EOFError: The coordinator has ended.
        OSError: The coordinator has ended, or the system has too few processes.
    """
    keep_memory()
    task = connection.recv()
    send = _locked_send(connection)
    send(HEARTBEAT)
    started(_send_heartbeats, send, heartbeat_seconds)
    worker, corpora = ShardWorker(task.job), OpenCorpora(task.corpora)
    while True:
        shard = connection.recv()
        try:
            send(attempt(task, shard, worker, corpora))
        except MemoryError:
            os._exit(NO_MEMORY)


def attempt(task: RunTask, shard: Shard, worker: ShardWorker, corpora: OpenCorpora) -> Answer:
    """Runs a shard and saves its partial; the answer names any error but one.

    Raises:
        MemoryError: There was too little memory, which may be the fault of another process.
    """
    try:
        corpus = corpora.of(shard.language)
        counts = worker.run(shard, corpus)
        path = partial.save(
            task.partials_folder, shard, *counts, job_digest=task.job_digest, fingerprint=corpus.fingerprint
        )
        fault_point("shard-saved")
    except TokstatsError as error:
        return shard, None, str(error)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - any error is reported to the coordinator
        return shard, None, f"{type(error).__name__}: {error}"
    return shard, path, None


def _locked_send(connection: "Connection[Any, Any]") -> Callable[[Answer | None], None]:
    """Returns a function by which several threads can send, one message after the other."""
    lock = threading.Lock()

    def send(message: Answer | None) -> None:
        with lock:
            connection.send(message)

    return send


def _send_heartbeats(send: Callable[[Answer | None], None], seconds: float) -> None:
    """Sends heartbeats until the coordinator ends; native code delays none, and a stopped process sends none."""
    pause = threading.Event()
    with suppress(OSError):  # the coordinator has ended
        while True:
            pause.wait(seconds)
            send(HEARTBEAT)
