"""Regular files: refuses a pipe, a socket or a device in the place of a file.

To open or read one of these may wait for ever. So every path that a user gives as a file, or that a folder lists, is
checked before it is opened.
"""

import re
import stat
from collections.abc import Callable
from pathlib import Path

PIPE = "a pipe"
_KINDS: tuple[tuple[Callable[[int], bool], str], ...] = (
    (stat.S_ISFIFO, PIPE),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_OPENED_BY_THE_SHELL = re.compile(r"/dev/stdin|/(dev|proc/self)/fd/\d+")


class IrregularFileError(OSError):
    """Error of a path that names a pipe, a socket or a device; it has no errno, and its message says which."""


def require_regular_file(path: Path, *, or_open_pipe: bool = False) -> None:
    """Checks that no pipe, socket or device is in the place of a file; follows links.

    A folder and a missing file pass, because the system's own error at opening says what is wrong.

    Args:
        path: Path that will be opened.
        or_open_pipe: Whether a pipe passes that the shell has opened for this process, such as `<(command)`; for files
            that are read once, from the first byte to the last.

    Raises:
        IrregularFileError: The path names a pipe, a socket or a device.
        OSError: The system refuses to look the path up.
    """
    kind = irregular_kind(path)
    if kind and not (or_open_pipe and kind == PIPE and _OPENED_BY_THE_SHELL.fullmatch(str(path))):
        raise IrregularFileError(f"it is {kind}, not a file")


def irregular_kind(path: Path) -> str | None:
    """Returns "a pipe", "a socket" or "a device" if `path` names one, else None.

    Raises:
        OSError: The system refuses to look the path up.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), None)
