"""Threads that only save time: without them the work is done all the same."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def submitted(pool: ThreadPoolExecutor, call: Callable[[], T]) -> Future[T] | None:
    """What is to come of `call` in the thread of a new pool; None where the system allows no more threads.

    Where it is None nothing has been called, and the pool must not be used any more.
    """
    try:
        return pool.submit(call)
    except RuntimeError:
        return None
