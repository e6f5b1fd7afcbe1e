"""Calls in background threads, with their results as futures."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_daemon_thread(call: Callable[[], T], *, name: str | None = None) -> Future[T]:
    """Starts `call` in a thread of its own, which does not keep the process alive.

    Args:
        call: The call; an exception that it raises is raised by the future's `result`.
        name: The thread's name.

    Raises:
        RuntimeError: The system allows no more threads.
    """
    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(call())
        except Exception as error:  # noqa: BLE001 - raised by `result`
            future.set_exception(error)

    Thread(target=run, daemon=True, name=name).start()
    return future


def submitted(pool: ThreadPoolExecutor, call: Callable[[], T]) -> Future[T] | None:
    """Starts `call` in the thread of a new pool; returns None if the system allows no more threads.

    If it is None, nothing has been called, and the pool must not be used any more.
    """
    try:
        return pool.submit(call)
    except RuntimeError:
        return None
