"""Atomic replacement of files: a path holds its old file, nothing, or the whole new file, never a part of it.

The new file is written beside the path under a temporary name, is flushed to the disk, and then takes the path's name,
which is flushed too. The temporary name is a function of the path, so what a killed process leaves is overwritten the
next time. In return, only one process at a time may replace a path; callers hold a lock for this.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tokstats_parallel.system.fault_injection import fault_point


@contextmanager
def replacing(path: Path, *, of: str = "file") -> Iterator[Path]:
    """Gives a temporary path to write to; its file gets the name `path` when the block has ended well.

    If the block fails, the temporary file is removed, and `path` is as it was.

    Args:
        path: The path to replace.
        of: The first part of the names of the fault points.

    Raises:
        OSError: The file cannot be flushed or renamed; its `filename` is `path`.
    """
    with replacing_all([path], of=of) as (temporary,):
        yield temporary


@contextmanager
def replacing_all(paths: Sequence[Path], *, of: str = "file") -> Iterator[list[Path]]:
    """Replaces several files of one folder, as `replacing` does.

    No file is replaced before all new ones are on the disk; then they are replaced in the given order.

    Args:
        paths: The paths to replace.
        of: The first part of the names of the fault points.

    Raises:
        OSError: A file cannot be flushed or renamed; its `filename` is the path to replace.
    """
    pairs = [(path.with_name(f".{path.name}.tmp"), path) for path in paths]
    try:
        yield [temporary for temporary, _ in pairs]
        for temporary, path in pairs:
            fault_point(f"{of}-before-fsync")
            with _about(path):
                flush(temporary)
        for temporary, path in pairs:
            fault_point(f"{of}-before-rename")
            with _about(path):
                temporary.replace(path)
            fault_point(f"{of}-after-rename")
    except BaseException:
        for temporary, _ in pairs:
            with suppress(OSError):  # the first error says more
                temporary.unlink(missing_ok=True)
        raise
    fault_point(f"{of}-before-folder-fsync")
    with _about(paths[-1]):
        flush(paths[-1].parent)


def flush(path: Path) -> None:
    """Waits until the file or folder `path` is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Makes an OSError name `path` instead of its temporary file."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise
