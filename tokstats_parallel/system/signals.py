"""Ctrl-C and SIGTERM: the process ends within a second, in any state.

A signal raises `KeyboardInterrupt` in the main thread, which unwinds and cleans up. That alone does not suffice: native
code runs on, and some libraries swallow the exception while they are imported. So the signal also wakes a thread, which
ends the process and its children after `GRACE_SECONDS`. This damages nothing: every file is written under a temporary
name first. Cost: one sleeping thread.

This module is loaded before anything else of the command line, and imports nothing that takes time.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn, Protocol

GRACE_SECONDS = 0.7
INTERRUPTED = 130
TERMINATED = 143

_STDERR = 2
_SHOW_CURSOR = b"\x1b[?25h"
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_message_written = threading.Event()


class Terminated(KeyboardInterrupt):
    """SIGTERM; it unwinds as Ctrl-C does."""


class _Unraisable(Protocol):
    """The part of the argument of `sys.unraisablehook` that is used here."""

    @property
    def exc_type(self) -> type[BaseException]: ...


def interrupted(code: int) -> bool:
    """Tells whether an exit code means an interrupt."""
    return code in {INTERRUPTED, TERMINATED}


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """The exit code for an interrupt: 128 plus the signal's number."""
    return TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED


def end_promptly(exit_message: str) -> None:
    """Handles both signals for the rest of the process; a signal that is ignored already stays ignored.

    Args:
        exit_message: A line that is written to stderr if the process is ended before it calls `exit_message_written`.
    """
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    threading.Thread(target=_end_after_signal, args=(woken, exit_message), daemon=True).start()
    sys.unraisablehook = _without_interrupts
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    for number in _SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _interrupt)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Holds a Ctrl-C back until the end of the block; a process that starts inside never receives one by itself."""
    held: list[FrameType | None] = []
    handler = signal.getsignal(signal.SIGINT)
    # The main thread runs the handler of a signal that any thread has received, so a mask alone holds nothing back.
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


def exit_message_written() -> None:
    """Notes that the process has written its last line itself."""
    _message_written.set()


def end_now(code: int) -> NoReturn:
    """Ends this process and its children at once.

    After an interrupt, only this gives a certain exit code: if the interpreter has seen an interrupt in code that an
    extension ran, it ends by SIGINT, even if the exception was caught.
    """
    try:
        import psutil  # noqa: PLC0415 - only where it comes to this

        for child in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.kill()
        sys.stdout.flush()
    finally:
        os._exit(code)


def _interrupt(number: int, _frame: FrameType | None) -> NoReturn:
    for known in _SIGNALS:
        signal.signal(known, signal.SIG_IGN)  # a second Ctrl-C would interrupt the cleanup
    raise Terminated if number == signal.SIGTERM else KeyboardInterrupt


def _end_after_signal(woken: int, exit_message: str) -> None:
    number = os.read(woken, 1)[0]
    while number not in _SIGNALS:
        number = os.read(woken, 1)[0]
    time.sleep(GRACE_SECONDS)
    with suppress(OSError):  # the terminal may be gone
        if os.isatty(_STDERR):
            os.write(_STDERR, _SHOW_CURSOR)
        if not _message_written.is_set():
            os.write(_STDERR, f"{exit_message}\n".encode())
    end_now(128 + number)


def _without_interrupts(unraisable: _Unraisable) -> None:
    """Prints no trace of an interrupt that came where Python cannot raise it, such as in a destructor."""
    if not issubclass(unraisable.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(unraisable)  # type: ignore[arg-type] # the interpreter's own object
