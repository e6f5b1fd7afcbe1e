"""Signals: ends the process within a second after Ctrl-C, SIGTERM or another ending signal, in any state.

A signal raises `KeyboardInterrupt` in the main thread, so that the program cleans up and exits. The exception alone
does not suffice, because native code does not stop, and some libraries swallow the exception while they are imported.
Therefore the signal also wakes a thread, which kills the process and its children after `GRACE_SECONDS`. No file can be
damaged by this, because every file is first written under a temporary name. Cost: one sleeping thread.

The command line loads this module before all others, so it imports nothing that takes time.
"""

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn, Protocol

GRACE_SECONDS = 0.7
INTERRUPTED = 130
TERMINATED = 143
EXIT_CODES: Mapping[int, int] = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
"""Signal that ends the process -> exit code."""

_STDERR = 2
_SHOW_CURSOR = b"\x1b[?25h"

_exit_codes = dict(EXIT_CODES)
_end_at = 0.0  # time by `time.monotonic` before which the process is not killed, whatever signal has come
_message_written = threading.Event()


class Terminated(KeyboardInterrupt):
    """SIGTERM or another signal was received; the exception ends the program in the same way as Ctrl-C.

    Attributes:
        number: Number of the signal.
    """

    def __init__(self, number: int = signal.SIGTERM) -> None:
        """Takes the number of the signal."""
        super().__init__()
        self.number = number


class _Unraisable(Protocol):
    """Argument of `sys.unraisablehook`, with the only field that this module uses."""

    @property
    def exc_type(self) -> type[BaseException]: ...


def interrupted(code: int) -> bool:
    """Tells whether a process's exit code means that Ctrl-C or SIGTERM ended the process."""
    return code in {INTERRUPTED, TERMINATED}


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """Returns the process's exit code after a signal, as `end_promptly` was told."""
    return _exit_codes[interrupt.number if isinstance(interrupt, Terminated) else signal.SIGINT]


def end_promptly(exit_message: str, exit_codes: Mapping[int, int] = EXIT_CODES) -> None:
    """Handles the signals that end the process from now on; one that the process already ignores stays ignored.

    Args:
        exit_message: Line that is written to stderr if the process is killed before it calls `exit_message_written`.
        exit_codes: Signal that ends the process -> exit code.
    """
    _exit_codes.update(exit_codes)
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    threading.Thread(target=_end_after_signal, args=(woken, exit_message), daemon=True).start()
    sys.unraisablehook = _without_interrupts
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    for number in exit_codes:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delays Ctrl-C until the end of the `with` statement; a child process that is started there never receives it."""
    held: list[FrameType | None] = []
    handler = signal.getsignal(signal.SIGINT)
    # The main thread runs the handler even if another thread receives the signal, so a mask alone delays nothing.
    deferred = callable(handler) and threading.current_thread() is threading.main_thread()
    if deferred:
        signal.signal(signal.SIGINT, lambda _number, frame: held.append(frame))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if deferred:
            signal.signal(signal.SIGINT, handler)
        if held and callable(handler):
            handler(signal.SIGINT, held[0])


def interrupt_main_thread() -> None:
    """Interrupts the main thread from another one by a signal.

    SIGTERM comes first, because a shell starts what runs in the background without Ctrl-C.
    """
    main_thread = threading.main_thread().ident
    if main_thread is not None:
        handled = callable(signal.getsignal(signal.SIGTERM))
        # A signal that is only noted, as by `_thread.interrupt_main`, does not end a system call.
        signal.pthread_kill(main_thread, signal.SIGTERM if handled else signal.SIGINT)


@contextmanager
def unhurried() -> Iterator[None]:
    """Gives the main thread, after a signal, as much time as the `with` statement takes, and `GRACE_SECONDS` after it.

    Ctrl-C raises `KeyboardInterrupt` meanwhile.
    """
    global _end_at  # noqa: PLW0603 - one process ends once
    _end_at = math.inf
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        _end_at = time.monotonic() + GRACE_SECONDS


def exit_message_written() -> None:
    """Notes that the process has written its exit message itself, so that it is not written again."""
    _message_written.set()


def end_now(code: int) -> NoReturn:
    """Kills the children of this process and ends the process with the exit code `code`, at once.

    After Ctrl-C, only this gives a reliable exit code: if the interpreter saw the interrupt in Python code that an
    extension called, it ends by SIGINT, even if the exception was caught.
    """
    try:
        import psutil  # noqa: PLC0415 - rarely needed, and this module must load quickly

        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        with suppress(OSError, ValueError, AttributeError):  # it may be full or closed
            sys.stdout.flush()
    finally:
        os._exit(code)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    for known in _exit_codes:
        signal.signal(known, signal.SIG_IGN)  # a second Ctrl-C would interrupt the cleanup
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number)


def _end_after_signal(woken: int, exit_message: str) -> None:
    number = os.read(woken, 1)[0]
    while number not in _exit_codes:
        number = os.read(woken, 1)[0]
    _wait_for_the_end()
    with suppress(OSError):  # the terminal may be gone
        if os.isatty(_STDERR):
            os.write(_STDERR, _SHOW_CURSOR)
        if not _message_written.is_set():
            os.write(_STDERR, f"{exit_message}\n".encode())
    end_now(_exit_codes[number])


def _wait_for_the_end() -> None:
    """Waits for `GRACE_SECONDS`, or until as long after the end of `unhurried`."""
    time.sleep(GRACE_SECONDS)
    while time.monotonic() < _end_at:
        time.sleep(GRACE_SECONDS / 10)


def _without_interrupts(unraisable: _Unraisable) -> None:
    """Hook that prints no traceback of an interrupt which Python cannot raise, for example in a destructor."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)  # type: ignore[arg-type] # the interpreter's own object
