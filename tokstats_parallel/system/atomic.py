"""Atomic replacement of files: a path holds its old file, nothing, or the whole new file, never a part of it.

The new file is written in the same folder under a temporary name and flushed to the disk. Then it is renamed, and the
folder is flushed, too. A path that is a link stays one, and its target is replaced. The temporary name is a function of
the target's path, so a file left by a killed process is overwritten later. In return, only one process at a time may
replace a path; callers hold a lock for this. Where no lock can be relied on, each process has a name of its own as the
writer, which gets into the temporary name.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tokstats_parallel.system.fault_injection import fault_point
from tokstats_parallel.system.links import end_of_links

TEMPORARY = ".tokstats.tmp"
"""End of the names of temporary files; it has the program's name, because other programs have such files, too."""


@contextmanager
def replacing(path: Path, *, of: str = "file", writer: str = "") -> Iterator[Path]:
    """Replaces the file `path`: yields a temporary path to write, and renames it to `path` after the `with` statement.

    If the `with` statement raises, the temporary file is removed and the file `path` stays unchanged.

    Args:
        path: Path of the file to replace.
        of: First part of the names of the fault points.
        writer: Name of this process among all that may replace the file at the same time; empty if no other may.

    Raises:
        OSError: The file cannot be flushed or renamed; its `filename` is `path`.
    """
    with replacing_all([path], of=of, writer=writer) as (temporary,):
        yield temporary


@contextmanager
def replacing_all(paths: Sequence[Path], *, of: str = "file", writer: str = "") -> Iterator[list[Path]]:
    """Replaces several files: yields their temporary paths, and renames them after the `with` statement.

    No file is replaced before all new files are on the disk. Then the files are replaced in the given order. Otherwise
    it does the same as `replacing`.

    Args:
        paths: Paths of the files to replace.
        of: First part of the names of the fault points.
        writer: As for `replacing`.

    Raises:
        OSError: A file cannot be flushed or renamed, or links lead in a circle; its `filename` is the path of the file
            to replace.
    """
    targets = [end_of_links(path) for path in paths]
    temporaries = [temporary_path(target, writer) for target in targets]
    try:
        yield temporaries
        for temporary, path in zip(temporaries, paths, strict=True):
            fault_point(f"{of}-before-fsync")
            with _about(path):
                flush(temporary)
        for temporary, target, path in zip(temporaries, targets, paths, strict=True):
            fault_point(f"{of}-before-rename")
            with _about(path):
                temporary.replace(target)
            fault_point(f"{of}-after-rename")
    except BaseException:
        for temporary in temporaries:
            with suppress(OSError):  # the first error says more
                temporary.unlink(missing_ok=True)
        raise
    fault_point(f"{of}-before-folder-fsync")
    with _about(paths[-1]):
        for folder in {target.parent for target in targets}:
            flush(folder)


def temporary_path(target: Path, writer: str = "") -> Path:
    """Returns the path under which a writer writes the new file that will take the name `target`, which is no link."""
    return target.with_name(f".{target.name}{writer and f'.{writer}'}{TEMPORARY}")


def remove_leftovers(folder: Path, writer: str) -> None:
    """Removes the temporary files that a writer has left in a folder when it was killed.

    Raises:
        OSError: The folder cannot be read, or a file cannot be removed.
    """
    with os.scandir(folder) as entries:
        left = [entry.path for entry in entries if entry.name.endswith(f".{writer}{TEMPORARY}")]
    for path in left:
        Path(path).unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Flushes the file or folder `path`: waits until its content is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _about(path: Path) -> Iterator[None]:
    """Makes an OSError name `path` instead of the temporary file of `path`."""
    try:
        yield
    except OSError as error:
        error.filename = str(path)
        raise
