"""Fault injection for tests: named points where a process dies as by `kill -9`.

With `TOKSTATS_FAULT=shard-before-rename:2`, every process of a command dies when it passes that point for the second
time; without a number, for the first. What the process has written by then is in the files, and a line on stderr names
the point. Cost without the variable: a comparison of two strings.
"""

import os
import signal
from typing import Protocol

_NAME, _, _COUNT = os.environ.get("TOKSTATS_FAULT", "").partition(":")
_STDERR = 2

_passes_left = int(_COUNT or 1)


class _File(Protocol):
    """A file that is being written."""

    def flush(self) -> object: ...


def fault_point(name: str, writing: _File | None = None) -> None:
    """Kills this process if the fault of this name is planted and due.

    Args:
        name: The name of this point.
        writing: A file whose buffer is written first.
    """
    if name != _NAME:
        return
    global _passes_left  # noqa: PLW0603 - each process counts its own passes
    _passes_left -= 1
    if _passes_left == 0:
        if writing is not None:
            writing.flush()
        os.write(_STDERR, f"tokstats: dies at {name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
