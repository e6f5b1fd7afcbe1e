"""A command in a session of its own, and the processes that are in it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import psutil

from soaking.place import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_END_SECONDS = 30.0
# Python's own, of a process whose parent was killed in the millisecond between making it and telling it what to do.
_HALF_START = re.compile(r"Traceback \(most recent call last\):\n(?: .*\n)*EOFError: Ran out of input\n")


def has_traceback(said: str) -> bool:
    """Whether a traceback is in the text that no kill of the command can explain."""
    return "Traceback" in _HALF_START.sub("", said)


class Victim:
    """A command that has been started, to be used as a block; whatever is left of it at the end is killed."""

    def __init__(self, command: list[str], folder: Path, **environment: str) -> None:
        """Starts it in `folder`."""
        self._log = folder / f"stderr-{time.monotonic_ns()}"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                start_new_session=True,
            )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        """Has it until the block ends."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends all of it."""
        self.kill(self.members())
        self._process.wait()
        self._log.unlink()

    def wait(self, seconds: float) -> int | None:
        """Its exit code, negative where a signal killed it; None where it has not ended after so many seconds."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def said(self) -> str:
        """What it has written to stderr by now."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def members(self) -> list[int]:
        """The processes of the session that are alive."""
        return [pid for pid in psutil.pids() if self._has(pid)]

    def kill(self, pids: list[int]) -> None:
        """`kill -9`, to those of the session's processes that are still there."""
        for pid in pids:
            if self._has(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def left(self) -> list[int]:
        """The processes that outlive the command for long."""
        end = time.monotonic() + _END_SECONDS
        while (alive := self.members()) and time.monotonic() < end:
            time.sleep(0.02)
        return alive

    def _has(self, pid: int) -> bool:
        try:
            return os.getsid(pid) == self.pid and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            return False
