"""Folder lock: one run at a time has a folder.

The lock is a `flock` on a file in the folder. Where the file system has no locks, it is a claim, which costs a thread
with a beat, and up to a minute after a kill on another machine (see `system.claims`).
"""

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tokstats_parallel.errors import OutputError, remedy
from tokstats_parallel.system.claims.holder import held
from tokstats_parallel.system.claims.taking import Limits, Taking
from tokstats_parallel.system.file_lock import is_locked, lock
from tokstats_parallel.system.signals import interrupt_main_thread

LOCK = "tokstats.lock"
CLAIM_PATTERN = r"tokstats-run\.claim-\d+"
"""Regular expression of the names of claim files that stand for a lock."""

_CLAIM = "tokstats-run"
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


@contextmanager
def folder_lock(path: Path) -> Iterator[None]:
    """Makes a folder if it does not exist, and holds its lock during the `with` statement.

    Raises:
        OutputError: Another run has the folder, or the folder cannot be made.
        ClaimedError: Another run has the folder, on a file system without locks.
    """
    try:
        descriptor = _make_and_lock(path)
        if descriptor is not None:
            _write_holder(descriptor)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise unusable(path, error) from error
        with _claimed(path):
            yield
        return
    if descriptor is None:
        raise _in_use(path)
    try:
        yield
    finally:
        os.close(descriptor)


def refuse_locked(path: Path) -> None:
    """Refuses a folder that another run has; a folder on a file system without locks is not refused.

    Raises:
        OutputError: Another run has the folder.
        OSError: The lock cannot be looked at.
    """
    try:
        if is_locked(path / LOCK):
            raise _in_use(path)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise


def unusable(path: Path, error: OSError) -> OutputError:
    """Returns the error for a folder in which shards cannot be kept, because of an error of the system."""
    no_parent = error.errno == errno.ENOENT and not path.parent.is_dir()
    advice = f"make the folder {path.parent}" if no_parent else remedy(error)
    return OutputError(
        f"{path}: cannot keep finished shards here ({error.strerror}); {advice} and run the same command again, "
        "or choose another --work-dir"
    )


@contextmanager
def _claimed(path: Path) -> Iterator[None]:
    """Holds the claim that stands for the lock of an existing folder."""
    taking = Taking(folder=path, name=_CLAIM, what=str(path), limits=Limits(), on_wait=lambda _claim: None)
    with held(taking, on_lost=lambda _error: interrupt_main_thread()):
        yield


def _make_and_lock(path: Path) -> int | None:
    """Makes and locks the folder; returns the lock's file descriptor, or None if another run has the folder.

    If another run removes the folder between both steps, both are done again.
    """
    while True:
        with suppress(FileExistsError):
            path.mkdir()
        try:
            return lock(path / LOCK)
        except FileNotFoundError:
            if path.is_symlink():  # it leads to nothing
                raise


def _write_holder(descriptor: int) -> None:
    """Writes the ids of this process and host into the lock file. After a kill the text remains, but not the lock."""
    text = f"{os.getpid()} {socket.gethostname()}\n".encode()
    try:
        os.pwrite(descriptor, text, 0)
        os.ftruncate(descriptor, len(text))
    except BaseException:
        os.close(descriptor)
        raise


def _in_use(path: Path) -> OutputError:
    return OutputError(
        f"{path}: another run is at work here{_holder(path)}; "
        "wait for it, or choose another --output-file or --work-dir"
    )


def _holder(path: Path) -> str:
    """Returns a text that names the process that has the lock; empty if the process is not known."""
    try:
        pid, host = (path / LOCK).read_text("utf-8").split()
    except (OSError, ValueError):  # it has just been locked, or removed
        return ""
    return f", process {pid} on {host}"
