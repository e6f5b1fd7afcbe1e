"""Worker main: the main loop of a worker process, which receives shards and sends answers and heartbeats.

The module imports little, so that a new process draws its first batch sooner.
"""

import errno
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tokstats_parallel.engines.attempt import Answer, attempt
from tokstats_parallel.engines.local.process import started
from tokstats_parallel.engines.open_corpora import OpenCorpora
from tokstats_parallel.shards.run_shard import ShardWorker, keep_memory

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

HEARTBEAT = None
"""Message that says only that the worker process runs."""

NO_MEMORY = errno.ENOMEM
"""Exit code of a worker process that failed to allocate memory."""


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
