"""Process: a child process of the coordinator, and the connection between both.

The child is a new Python interpreter that runs a function of this package. It imports no script of the caller, and no
module from the working folder or the caller's folder (see `imports`). So the caller needs no `if __name__ ==
"__main__":`, and may be a notebook, standard input, a thread or a daemonic process.

Invariants: a child never receives Ctrl-C, not even while it starts, because the signal is blocked before the start. A
child is gone when its block ends, in whatever way. A child ends within a second after the coordinator dies, in whatever
way.
"""

import ctypes
import errno
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import Any, Self

from tokstats_parallel.engines.local.imports import RECEIVE, imports
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.system.blas_threads import start_no_blas_threads
from tokstats_parallel.system.import_path import environment_without_callers_folders
from tokstats_parallel.system.signals import uninterrupted

NO_THREAD = errno.EAGAIN
"""Exit code of a process that could not start a thread."""

_BOOT = f"""
{RECEIVE}
from tokstats_parallel.engines.local.process import begin
begin(connection)
"""
_NAME = "tokstats-worker"  # shown in lists of processes
_DEATH_SECONDS = 5
_PARENT_SECONDS = 1.0
_PR_SET_PDEATHSIG = 1


class Child:
    """Child process that runs `target(connection, *arguments)`.

    A process that dies closes its end of the connection. This makes the coordinator's end ready for `wait`.

    Attributes:
        connection: Coordinator's end of the connection.
        pid: Id of the child process.
    """

    def __init__(self, target: Callable[..., None], *arguments: object, libraries: Sequence[str] = ()) -> None:
        """Starts the child process.

        Args:
            target: Function of a module, for pickle.
            arguments: Picklable values, small enough for the connection's buffer; `post` sends large values.
            libraries: Libraries that the child may import, besides those of every child.

        Raises:
            OSError: The system has too few files or processes, or too little memory.
            WorkerError: Nobody knows the interpreter (see `_command`).
        """
        self._process: subprocess.Popen[bytes] | None = None
        self._posting: threading.Thread | None = None
        self._is_open = False
        try:
            with uninterrupted():  # the process inherits the blocked signal, and no end of the connection is lost
                self.connection, theirs = Pipe()
                self._is_open = True
                with theirs:
                    self._process = subprocess.Popen(_command(), stdin=theirs.fileno(), env=_environment())
                self.pid = self._process.pid
            coordinator = os.getpid(), threading.current_thread() is threading.main_thread()
            self._send(imports(target, libraries), coordinator, (target, arguments))
        except BaseException:  # such as a Ctrl-C that was held back while the process started
            self.end()
            raise

    def __enter__(self) -> Self:
        """Returns this child. The end of the block ends the child process."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the child process."""
        self.end()

    def post(self, *messages: object) -> None:
        """Sends messages from a thread of its own, because a stopped process would never read them.

        No other message may be sent before the child process has answered.

        Raises:
            OSError: The system has too few processes, of which a thread is one.
        """
        self._posting = started(self._send, *messages)

    def _send(self, *messages: object) -> None:
        with suppress(OSError):  # the process has died, which the reader of the connection notices
            for message in messages:
                self.connection.send(message)

    def end(self) -> None:
        """Kills the child process and releases all its resources; a second call does nothing."""
        if not self._is_open:
            return
        if self._process:
            self._process.kill()
            self._process.wait()
        if self._posting:  # it has ended, or fails since the other end is closed
            self._posting.join()
        self.connection.close()
        self._is_open = False

    def exit_code(self) -> int | None:
        """Returns the exit code of a child that has closed its connection: negative for a signal, None if it runs."""
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(_DEATH_SECONDS) if self._process else None
        return None


def begin(connection: "Connection[Any, Any]") -> None:
    """Main function of a child process: shields the process, runs the target that `Child` sends, and exits."""
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
    """Makes this process ignore Ctrl-C, and end when the coordinator ends.

    Args:
        connection: Connection to the coordinator.
        coordinator: Process id of the coordinator.
        is_main_thread: Whether the coordinator's main thread has started this process.

    Raises:
        OSError: The system has too few processes.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux" and is_main_thread:
        # The kernel also ends a stopped process. But it does so when the thread that started the process ends, and any
        # thread but the main one may end before the coordinator.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    started(_die_with_the_coordinator, connection.fileno(), coordinator)


def started(target: Callable[..., None], *arguments: object) -> threading.Thread:
    """Starts a daemon thread that runs `target(*arguments)`, and returns the thread.

    Raises:
        OSError: The system has too few processes, of which a thread is one.
    """
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # Python does not report the system's error, and there is no other cause
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from error
    return thread


def _command() -> list[str]:
    """Returns the command line of a child: this interpreter with its flags, without the working folder in its path.

    Raises:
        WorkerError: Nobody knows the interpreter, as in a program that has Python inside.
    """
    if not sys.executable:
        raise WorkerError("no interpreter is known to start processes with; set sys.executable to the path of a Python")
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]  # noqa: SLF001 - the only list of them
    return [sys.executable, *flags, "-P", "-c", _BOOT, _NAME]


def _environment() -> dict[str, str]:
    environment = environment_without_callers_folders()
    start_no_blas_threads(environment)
    return environment


def _die_with_the_coordinator(connection: int, coordinator: int) -> None:
    """Ends this process when the connection hangs up, or when the coordinator is no longer the parent process.

    The parent is checked because forks of a dead coordinator may keep the connection open.
    """
    hang_up = select.poll()
    hang_up.register(connection, 0)
    while os.getppid() == coordinator and not hang_up.poll(1000 * _PARENT_SECONDS):
        pass
    os._exit(1)
