"""A process beside the coordinator, and the pipe between the two.

Invariants: no Ctrl-C reaches it, at no moment of its life; it is gone when its block ends, in whatever way; and it ends
when the coordinator dies, in whatever way, if what it runs calls `shield` first.
"""

import ctypes
import errno
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Self

import multiprocess
import multiprocess.connection
import multiprocess.resource_tracker

# Threads (Arrow's, the progress display's) and fork do not mix, so a process begins with a new interpreter.
_CONTEXT = multiprocess.get_context("spawn")
_DEATH_SECONDS = 5
_PR_SET_PDEATHSIG = 1


class Child:
    """A process that runs `target(connection, *arguments)`.

    If it dies it closes its end of the pipe, which makes ours ready.

    Attributes:
        connection: Our end.
        pid: Its number.
    """

    def __init__(self, target: Callable[..., None], *arguments: object) -> None:
        """Starts it; all that it is given must be picklable.

        Raises:
            OSError: The system has too few files or processes, or too little memory.
        """
        self.connection, theirs = _CONTEXT.Pipe()
        self._process: Any = _CONTEXT.Process(target=target, args=(theirs, *arguments), daemon=True)
        multiprocess.resource_tracker.ensure_running()  # it would unblock the signal
        # Inherited: a process must not hear of a Ctrl-C even while it starts.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        self.pid: int = self._process.pid
        self._posting: threading.Thread | None = None

    def __enter__(self) -> Self:
        """Has it until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends it."""
        self.end()

    def post(self, *messages: object) -> None:
        """Sends messages, and does not wait for them to be read, which a process that is stopped never does.

        Nothing else may be sent before the process has answered.

        Raises:
            OSError: The system has too few processes, of which a thread is one.
        """
        self._posting = started(self._send, *messages)

    def _send(self, *messages: object) -> None:
        with suppress(OSError):  # it has died: whoever listens to it will hear
            for message in messages:
                self.connection.send(message)

    def end(self) -> None:
        """Ends it, whatever it is doing; afterwards nothing of it is left, and ending it again does nothing."""
        if not self.connection.closed:
            self._process.kill()
            self._process.join()
            if self._posting:  # nobody is there to read, so it has ended or fails
                self._posting.join()
            self.connection.close()
            self._process.close()

    def exit_code(self) -> int | None:
        """That of a process whose end of the pipe has closed; negative where a signal killed it; None: still there."""
        self._process.join(timeout=_DEATH_SECONDS)
        code: int | None = self._process.exitcode
        return code


def started(target: Callable[..., None], *arguments: object) -> threading.Thread:
    """A thread that runs `target(*arguments)`, for as long as the process does.

    Raises:
        OSError: The system has too few processes, of which a thread is one.
    """
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # Python does not tell what the system said, and there is nothing else it can be
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
    return thread


def shield() -> None:
    """Makes this process one that leaves a Ctrl-C to the coordinator, and dies with it.

    Raises:
        OSError: The system has too few processes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        # A process that is stopped runs no thread. This counts the death of the thread that started it, too.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    started(_die_with_the_coordinator)


def _die_with_the_coordinator() -> None:
    multiprocess.connection.wait([multiprocess.parent_process().sentinel])
    os._exit(1)
