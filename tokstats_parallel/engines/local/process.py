"""A process beside the coordinator, and the connection between the two.

The process is a new interpreter that runs our own function and nothing of the caller's: no script is imported again, so
a caller needs no `if __name__ == "__main__":`, and may be a notebook, standard input, a thread or a daemonic process.

Invariants: no Ctrl-C reaches it, at no moment of its life, since the signal is blocked before it starts; it is gone
when its block ends, in whatever way; and it ends within a second when the coordinator dies, in whatever way.
"""

import ctypes
import errno
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any, Self

from tokstats_parallel.system.signals import uninterrupted

NO_THREAD = errno.EAGAIN
"""Exit code of a process that was not given a thread it asked for."""

# Its standard input is the connection. The first message is the search path, with which our package is found.
_BOOT = """
import os, sys
from multiprocessing.connection import Connection
connection = Connection(0)
try:
    sys.path[:] = connection.recv()
except (EOFError, OSError):
    os._exit(1)
from tokstats_parallel.engines.local.process import begin
begin(connection)
"""
_NAME = "tokstats-worker"  # for who looks at the list of processes
_DEATH_SECONDS = 5
_PARENT_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1


class Child:
    """A process that runs `target(connection, *arguments)`.

    If it dies it closes its end of the connection, which makes ours ready.

    Attributes:
        connection: Our end.
        pid: Its number.
    """

    def __init__(self, target: Callable[..., None], *arguments: object) -> None:
        """Starts it.

        Args:
            target: A function of a module.
            arguments: Picklable, and small: nobody may read them. What is large goes with `post`.

        Raises:
            OSError: The system has too few files or processes, or too little memory.
        """
        self._process: subprocess.Popen[bytes] | None = None
        self._posting: threading.Thread | None = None
        self.connection, theirs = Pipe()
        try:
            with theirs:
                self._start(theirs)
            coordinator = os.getpid(), threading.current_thread() is threading.main_thread()
            self._send(sys.path, coordinator, (target, arguments))
        except BaseException:  # a Ctrl-C that waited for the process to start is one
            self.end()
            raise

    def _start(self, theirs: "Connection[Any, Any]") -> None:
        with uninterrupted():  # inherited: a process must not hear of a Ctrl-C even while it starts
            self._process = subprocess.Popen(_command(), stdin=theirs.fileno())
            self.pid = self._process.pid

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
        if self.connection.closed:
            return
        if self._process:
            self._process.kill()
            self._process.wait()
        if self._posting:  # nobody is there to read, so it has ended or fails
            self._posting.join()
        self.connection.close()

    def exit_code(self) -> int | None:
        """Exit code of a process whose end has closed; negative where a signal killed it; None: still there."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_DEATH_SECONDS) if self._process else None
        return None


def begin(connection: "Connection[Any, Any]") -> None:
    """Runs in the new process: shields it from the terminal, then does what `Child` was asked for, and ends it."""
    try:
        shield(connection, *connection.recv())
        target, arguments = connection.recv()
        target(connection, *arguments)
    except BlockingIOError:
        os._exit(NO_THREAD)
    except (EOFError, OSError):  # the coordinator has ended
        os._exit(1)
    os._exit(0)


def shield(connection: "Connection[Any, Any]", coordinator: int, is_main_thread: bool) -> None:
    """Makes this process one that leaves a Ctrl-C to the coordinator, and dies with it.

    Args:
        connection: The connection to the coordinator.
        coordinator: Its process number.
        is_main_thread: Whether its main thread has started this process.

    Raises:
        OSError: The system has too few processes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux" and is_main_thread:
        # The kernel ends a process that is stopped, too, but it goes by the thread that started this one: any other
        # than the main one may end before its process.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    started(_die_with_the_coordinator, connection.fileno(), coordinator)


def started(target: Callable[..., None], *arguments: object) -> threading.Thread:
    """Starts a thread that runs `target(*arguments)`, for as long as the process does.

    Raises:
        OSError: The system has too few processes, of which a thread is one.
    """
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # Python does not tell what the system said, and there is nothing else it can be
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
    return thread


def _command() -> list[str]:
    """The command line of a new process: this interpreter with its flags, and no script's folder in its path."""
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 - the only list of them
    return [sys.executable, *flags, "-P", "-c", _BOOT, _NAME]


def _die_with_the_coordinator(connection: int, coordinator: int) -> None:
    """Waits for the connection to hang up or for another parent: processes that a coordinator forks keep its files."""
    hang_up = select.poll()
    hang_up.register(connection, 0)
    while os.getppid() == coordinator and not hang_up.poll(1000 * _PARENT_SECONDS):
        pass
    os._exit(1)
