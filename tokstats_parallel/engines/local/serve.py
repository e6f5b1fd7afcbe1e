"""Worker main: the main loop of a worker process, which receives shards and sends answers and heartbeats.

The module imports little, so that a new process draws its first batch sooner.
"""

import errno
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokstats_parallel.engines.interface import RunSetup
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
"""Message that says only that the worker process runs."""

NO_MEMORY = errno.ENOMEM
"""Exit code of a worker process that failed to allocate memory."""

Answer = tuple[Shard, Path | None, str | None]
"""Shard, path of the shard's partial or None, and message of the shard's error or None."""


def serve(connection: "Connection[Any, Any]", heartbeat_seconds: float) -> None:
    """Receives a setup and then its shards through the connection, runs each shard, and sends the answers.

    Raises:
        EOFError: The coordinator has ended.
        OSError: The coordinator has ended, or the system has too few processes.
    """
    keep_memory()
    setup = connection.recv()
    send = _locked_send(connection)
    send(HEARTBEAT)
    started(_send_heartbeats, send, heartbeat_seconds)
    worker, corpora = ShardWorker(setup.job), OpenCorpora(setup.corpora)
    while True:
        shard = connection.recv()
        try:
            send(attempt(setup, shard, worker, corpora))
        except MemoryError:
            os._exit(NO_MEMORY)


def attempt(setup: RunSetup, shard: Shard, worker: ShardWorker, corpora: OpenCorpora) -> Answer:
    """Runs a shard and saves its partial; returns the answer, with the message of any error but a `MemoryError`.

    Raises:
        MemoryError: Too little memory was free. Another process may be the cause, so the shard may succeed later.
    """
    try:
        counts = worker.run(shard, corpora.of(setup.languages(shard)))
        path = partial.save(
            setup.partials_folder,
            shard,
            counts,
            job_digest=setup.job_digest,
            fingerprint=setup.fingerprint(shard),
            writer=setup.writer,
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
    """Returns a function through which several threads can send messages, one message at a time."""
    lock = threading.Lock()

    def send(message: Answer | None) -> None:
        with lock:
            connection.send(message)

    return send


def _send_heartbeats(send: Callable[[Answer | None], None], seconds: float) -> None:
    """Sends a heartbeat every `seconds` until the coordinator ends, even while native code runs a shard."""
    pause = threading.Event()
    with suppress(OSError):  # the coordinator has ended
        while True:
            pause.wait(seconds)
            send(HEARTBEAT)
