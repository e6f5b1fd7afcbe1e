"""Main functions of the processes of a local Dask cluster: one scheduler, and workers with one thread each.

A process takes its settings from here and not from the user's Dask files where these would change what a run does: no
dashboard, no limit of memory, no port but on the loopback interface, and as many tries of a shard as everywhere.
"""

import asyncio
import os
from typing import TYPE_CHECKING, Any

from tokstats_parallel.engines.dask.beginnings import tell_shards
from tokstats_parallel.engines.dask.quiet import quiet_process
from tokstats_parallel.engines.local.worker_pool import TRIES
from tokstats_parallel.shards.run_shard import keep_memory

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_HOST = "127.0.0.1"
_ANY_PORT = f"{_HOST}:0"
_SETTINGS = {
    "distributed.scheduler.worker-saturation": 1.0,  # so that a worker has only the shard that it runs
    "distributed.worker.profile.enabled": False,
}


def serve_scheduler(connection: "Connection[Any, Any]", folder: str) -> None:
    """Runs a Dask scheduler, and sends its address.

    Args:
        connection: Connection to the coordinator.
        folder: Folder for temporary files.
    """
    _settle(folder)
    asyncio.run(_schedule(connection))


def serve_worker(connection: "Connection[Any, Any]", folder: str) -> None:
    """Receives the scheduler's address, runs a Dask worker, and sends what it runs (see `beginnings`).

    Args:
        connection: Connection to the coordinator.
        folder: Folder for temporary files.
    """
    _settle(folder)
    keep_memory()
    tell_shards(connection.send)
    asyncio.run(_work(connection.recv()))


async def _schedule(connection: "Connection[Any, Any]") -> None:
    from distributed import Scheduler  # noqa: PLC0415 - in its own process only

    async with Scheduler(
        host=_HOST, port=0, dashboard=False, dashboard_address=_ANY_PORT, allowed_failures=TRIES - 1
    ) as scheduler:
        connection.send(scheduler.address)
        await scheduler.finished()


async def _work(address: str) -> None:
    from distributed import Worker  # noqa: PLC0415 - in its own process only

    async with Worker(
        address, nthreads=1, name=str(os.getpid()), host=_HOST, dashboard_address=_ANY_PORT, memory_limit=0
    ) as worker:
        await worker.finished()


def _settle(folder: str) -> None:
    import dask  # noqa: PLC0415 - in its own process only
    import distributed  # noqa: F401, PLC0415 - while the coordinator is at work

    quiet_process()
    dask.config.set(_SETTINGS | {"temporary-directory": folder})
