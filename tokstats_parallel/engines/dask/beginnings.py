"""Beginnings: which shard a Dask worker has begun, so that the shard is known that kills its worker.

Dask does not know it: it gives a worker more tasks than the worker runs, and suspects all of them when the worker dies.
A worker of a local cluster tells its coordinator; other workers tell the scheduler, by events of a topic.
"""

import threading
from collections.abc import Callable, Iterable

from tokstats_parallel.shards.plan import Shard

TOPIC = "tokstats"
"""Topic of the scheduler's events that tell which shard a thread of a worker has begun."""

_listeners: list[Callable[[Shard | None], None]] = []


def tell_shards(listener: Callable[[Shard | None], None]) -> None:
    """Makes this worker process call `listener` with every shard before it runs the shard, and with None after it."""
    _listeners.append(listener)


def shards_of(events: Iterable[tuple[float, tuple[str, str, int, str]]], run: str, worker: str) -> set[str]:
    """Returns the names of the shards that the threads of a worker have begun last, from the events of a scheduler.

    Args:
        events: Events of `TOPIC`, the oldest first.
        run: Name of the run.
        worker: Address of the worker.
    """
    last = {thread: shard for _, (its_run, address, thread, shard) in events if (its_run, address) == (run, worker)}
    return set(last.values())


def tell(run: str, shard: Shard | None) -> None:
    """Tells which shard of a run this thread begins, or None at its end: to the listeners, or to the scheduler."""
    for listener in _listeners:
        listener(shard)
    if shard and not _listeners:
        from distributed import get_worker  # noqa: PLC0415 - only in workers of others

        worker = get_worker()
        worker.log_event(TOPIC, (run, worker.address, threading.get_ident(), str(shard)))
