"""Replacing files: a path holds its old file, nothing, or the whole new file, never a part of it.

The new file is written beside the path under a temporary name, is flushed to the disk, and then takes the path's name,
which is flushed too. The temporary name is a function of the path, so what a killed process leaves is overwritten the
next time; in return, only one process at a time may replace a path, which its caller sees to with a lock.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to, whose file is `path` and on the disk when the block has ended well.

    If the block fails, the temporary file is removed, and `path` is as it was.

    Raises:
        OSError: The file cannot be flushed or renamed.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        yield temporary
        flush(temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    flush(path.parent)


def flush(path: Path) -> None:
    """Waits until the file or folder `path` is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
