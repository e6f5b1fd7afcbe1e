"""Victim: a command in its own session, and the processes of the session."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import psutil

from soaking.folder import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_END_SECONDS = 30.0
# Python prints this traceback in a process whose parent was killed before it sent the process its task.
_HALF_START = re.compile(r"Traceback \(most recent call last\):\n(?: .*\n)*EOFError: Ran out of input\n")


def has_traceback(said: str) -> bool:
    """Tells whether the text has a traceback that no kill of the command explains."""
    return "Traceback" in _HALF_START.sub("", said)


class Victim:
    """Command that has been started, as a context manager, which kills its remaining processes at the end."""

    def __init__(self, command: list[str], folder: Path, **environment: str) -> None:
        """Starts the command in `folder`."""
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
        """Returns the victim."""
        return self

    def __exit__(self, *_: object) -> None:
        """Kills all processes of the session."""
        self.kill(self.members())
        self._process.wait()
        self._log.unlink()

    def wait(self, seconds: float) -> int | None:
        """Returns the command's exit code, negative if a signal killed it; None if it still runs after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def said(self) -> str:
        """Returns the text that the command has written to stderr so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def members(self) -> list[int]:
        """Returns the processes of the session that are alive."""
        return [pid for pid in psutil.pids() if self._has(pid)]

    def kill(self, pids: list[int]) -> None:
        """Sends SIGKILL to the processes `pids`, except processes that are not in the session any more."""
        for pid in pids:
            if self._has(pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def left(self) -> list[int]:
        """Returns the processes that are still alive 30 s after the command."""
        end = time.monotonic() + _END_SECONDS
        while (alive := self.members()) and time.monotonic() < end:
            time.sleep(0.02)
        return alive

    def _has(self, pid: int) -> bool:
        try:
            return os.getsid(pid) == self.pid and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except (ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            return False
