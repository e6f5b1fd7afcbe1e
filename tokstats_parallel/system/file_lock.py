"""Temporary files that are locks: one process at a time writes a file that is to be renamed when it is whole.

The lock is `flock` on the temporary file itself, so a process that dies lets go of it, and what it leaves
can be told from what is being written: nobody holds it. Who gets the lock looks whether the name still leads
to the file, as its holder before may have renamed or removed it. Invariant: only its holder writes, renames
or removes such a file. `lock` also serves files that are nothing but a lock.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, overload


@contextmanager
def claimed(path: Path, *, on_wait: Callable[[], None]) -> Iterator[Path]:
    """Has the file `path` to itself, and removes it at the end unless it has been renamed.

    Args:
        path: the temporary file; made where it is not there, or left over from a process that died.
        on_wait: called where another process has it, before waiting for that one to end.

    Raises:
        OSError: the file cannot be made or locked.
    """
    descriptor = lock(path)
    if descriptor is None:
        on_wait()
        descriptor = lock(path, wait=True)
    try:
        yield path
    finally:
        _remove(path, descriptor)


def remove_if_left(path: Path) -> int:
    """Removes a temporary file unless a process has it; returns the number of bytes freed."""
    descriptor = lock(path)
    return _remove(path, descriptor) if descriptor is not None else 0


def _remove(path: Path, descriptor: int) -> int:
    """Removes a file that we hold, unless its name is not its own any more, and lets go of it."""
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
    """Makes and locks `path`, until the descriptor is closed or this process ends, in whatever way.

    The descriptor's file has that name as long as it is locked, unless its holder renames or removes it.

    Args:
        path: the file; made where it is not there.
        wait: whether to wait where another process has it.

    Returns:
        The descriptor; None where another process has the file and we do not wait.

    Raises:
        OSError: the file cannot be made or locked.
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
    """Whether a process has the file `path`; who asks has a share of it meanwhile, for some microseconds.

    Raises:
        OSError: the file cannot be opened or locked.
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
    """Whether the open file is still the one that the path leads to."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
