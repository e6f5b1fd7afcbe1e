"""File locks: one process at a time holds a file, in particular a temporary file that is renamed when it is whole.

The lock is `flock` on the file itself, so a process that dies releases it, and a file that it leaves behind is known
by being unlocked. A process that gets the lock checks that the path still names the same file, since the holder before
may have renamed or removed it. Invariant: only its holder writes, renames or removes such a file. `lock` also serves
files that are only locks.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, overload


@contextmanager
def locked_file(path: Path, *, on_wait: Callable[[], None]) -> Iterator[Path]:
    """Holds the file `path`, and removes it at the end unless it has been renamed.

    Args:
        path: The temporary file; made if it is missing, and taken over if a process that died has left it.
        on_wait: Called before waiting, if another process holds the file.

    Raises:
        OSError: The file cannot be made or locked.
    """
    descriptor = lock(path)
    if descriptor is None:
        on_wait()
        descriptor = lock(path, wait=True)
    try:
        yield path
    finally:
        _remove(path, descriptor)


def remove_if_unlocked(path: Path) -> int:
    """Removes a temporary file unless a process holds it; returns the number of bytes freed."""
    descriptor = lock(path)
    return _remove(path, descriptor) if descriptor is not None else 0


def _remove(path: Path, descriptor: int) -> int:
    """Removes a file that this process holds, unless the path names another file now, and releases it."""
    try:
        if not _is_named(descriptor, path):
            return 0
        size = os.fstat(descriptor).st_size
        path.unlink()
        return size
    finally:
        os.close(descriptor)


@overload
def lock(path: Path, *, wait: Literal[True]) -> int: ...
@overload
def lock(path: Path, *, wait: Literal[False] = False) -> int | None: ...
def lock(path: Path, *, wait: bool = False) -> int | None:
    """Makes and locks `path`, until the descriptor is closed or this process ends in any way.

    The path names the descriptor's file as long as it is locked, unless its holder renames or removes it.

    Args:
        path: The file; made if it is missing.
        wait: Whether to wait if another process holds it.

    Returns:
        The descriptor; None if another process holds the file and `wait` is false.

    Raises:
        OSError: The file cannot be made or locked.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_named(descriptor, path):
                return descriptor
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)  # its holder has renamed or removed it meanwhile


def is_locked(path: Path) -> bool:
    """Tells whether a process holds the file `path`; for this it takes a shared lock for some microseconds.

    Raises:
        OSError: The file cannot be opened or locked.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _is_named(descriptor: int, path: Path) -> bool:
    """Tells whether the path still names the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
