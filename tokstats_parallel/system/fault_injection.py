"""Fault points, for tests: named places where a process dies, as it would by `kill -9` there.

`TOKSTATS_FAULT=shard-before-rename:2` has every process of a command die when it passes that point for the second time;
without a number, for the first. What the process has written by then is in the files, and a line on stderr says
where it died. Cost without the variable: a comparison of two strings.
"""

import os
import signal
from typing import Protocol

_NAME, _, _TIME = os.environ.get("TOKSTATS_FAULT", "").partition(":")
_STDERR = 2

_passes_left = int(_TIME or 1)


class _File(Protocol):
    """A file that is being written."""

    def flush(self) -> object: ...


def fault_point(name: str, writing: _File | None = None) -> None:
    """Ends this process if it has been asked to die here; what `writing` still holds back is written first."""
    if name != _NAME:
        return
    global _passes_left  # noqa: PLW0603 - how often this process has passed is its own
    _passes_left -= 1
    if _passes_left == 0:
        if writing is not None:
            writing.flush()
        os.write(_STDERR, f"tokstats: dies at {name}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)
