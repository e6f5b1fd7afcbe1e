"""File locks: one process at a time holds a file, in particular a temporary file that is renamed when it is whole.

A lock is a `flock` on the file itself. A process that dies releases its locks, so a temporary file without a lock is
known to be left by a killed process. A process that gets a lock checks that the path still names the locked file,
because an earlier holder may have renamed or removed the file. Invariant: only the holder of its lock writes, renames
or removes a temporary file. `lock` also serves files that have no content and are only locked.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, overload


@contextmanager
def locked_file(path: Path, *, on_wait: Callable[[], None]) -> Iterator[Path]:
    """Holds the lock of a temporary file during the `with` statement; removes the file then unless it was renamed.

    Args:
        path: Path of the temporary file. It is made if it is missing; a file left by a killed process is used again.
        on_wait: Called before this process waits, if another process holds the lock.

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
    """Removes a temporary file unless a process holds its lock; returns the number of bytes freed."""
    descriptor = lock(path)
    return _remove(path, descriptor) if descriptor is not None else 0


def _remove(path: Path, descriptor: int) -> int:
    """Removes a file whose lock this process holds, unless `path` names another file now, and releases the lock."""
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
    """Locks the file `path`, until the returned descriptor is closed or this process ends in any way.

    As long as the file is locked, `path` names it, unless this process renames or removes the file.

    Args:
        path: Path of the file; the file is made if it is missing.
        wait: Whether to wait if another process holds the lock.

    Returns:
        The descriptor of the locked file; None if another process holds the lock and `wait` is false.

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
        os.close(descriptor)  # the earlier holder has renamed or removed this file meanwhile


def is_locked(path: Path) -> bool:
    """Tells whether a process holds the lock of the file `path`; to find out, it holds a shared lock for microseconds.

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
    """Tells whether `path` still names the open file of `descriptor`."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
