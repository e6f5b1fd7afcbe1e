"""Fault injection for tests: named lines of the code, fault points, where a process kills itself as by `kill -9`.

With `TOKSTATS_FAULT=shard-before-rename:2`, every process of a command kills itself when it passes that fault point for
the second time; without a number, for the first time. Before, it writes a line with the point's name to stderr. Cost of
a fault point without the variable: a comparison of two strings.
"""

import os
import signal
from typing import Protocol

_NAME, _, _COUNT = os.environ.get("TOKSTATS_FAULT", "").partition(":")
_STDERR = 2

_passes_left = int(_COUNT or 1)


class _File(Protocol):
    """File that is open for writing and has a buffer."""

    def flush(self) -> object: ...


def fault_point(name: str, writing: _File | None = None) -> None:
    """Kills this process if `TOKSTATS_FAULT` names this fault point and the process passes it for the given time.

    Args:
        name: Name of this fault point.
        writing: File whose buffer is flushed before the process is killed; None for no file.
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
