"""Threads: runs calls in background threads and returns their results as futures."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def in_daemon_thread(call: Callable[[], T], *, name: str | None = None) -> Future[T]:
    """Runs `call` in a new daemon thread, which does not keep the process alive, and returns the result's future.

    Args:
        call: Function to call; the future's `result` raises the exception that it raises.
        name: Name of the thread; None for a default name.

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


def submitted(executor: ThreadPoolExecutor, call: Callable[[], T]) -> Future[T] | None:
    """Starts `call` in the thread of a new executor, and returns the result's future.

    Returns None if the system allows no more threads. Then `call` is not called, and the executor must not be used.
    """
    try:
        return executor.submit(call)
    except RuntimeError:
        return None
