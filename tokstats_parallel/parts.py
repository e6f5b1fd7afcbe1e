"""The folder in which a run keeps its partials, and what it sorts, until its result is written.

It stands beside the output, so the same command finds it again after a kill and goes on with what is there. One run at
a time has it. It is removed when the result is whole on the disk. Invariant: only the run that holds its lock
writes or removes anything in it.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tokstats_parallel import faults
from tokstats_parallel.errors import OutputError
from tokstats_parallel.partial import SUFFIX, Partial, PartialError, check
from tokstats_parallel.plan import Shard
from tokstats_parallel.temporary import lock

LOCK = "lock"


@contextmanager
def opened(folder: Path) -> Iterator[Path]:
    """Makes and locks the folder for a run.

    The folder stays if the run fails, and is removed if it ends well.

    Raises:
        OutputError: Another run has the folder, or it cannot be made.
    """
    descriptor = _locked(folder)
    try:
        yield folder
    except BaseException:
        with suppress(OSError):  # the failure itself says more
            if _is_empty(folder):
                _remove(folder)
        raise
    else:
        _remove(folder)
    finally:
        os.close(descriptor)


def saved(
    folder: Path,
    shards: Collection[Shard],
    *,
    job_digest: str,
    fingerprints: Mapping[str, str],
    notify: Callable[[str], None],
) -> list[Partial]:
    """The partials of these shards that an earlier run of the same job has left; others are removed with a notice."""
    wanted, found = frozenset(shards), []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".tmp":
            path.unlink()
        elif path.suffix == SUFFIX:
            try:
                partial = check(path, job_digest=job_digest, fingerprints=fingerprints)
            except PartialError as error:
                notify(str(error).replace("remove it", "removed"))
                path.unlink()
                continue
            if partial.shard in wanted:
                found.append(partial)
    return found


def _locked(folder: Path) -> int:
    try:
        descriptor = _make_and_lock(folder)
    except OSError as error:
        raise OutputError(f"{folder}: cannot keep partial results here ({error.strerror})") from error
    if descriptor is None:
        raise OutputError(f"{folder}: another run is writing this output; wait for it, or choose another --output-file")
    return descriptor


def _make_and_lock(folder: Path) -> int | None:
    """Makes and locks the folder, again where another run removes it in between; None where one has it."""
    while True:
        with suppress(FileExistsError):
            folder.mkdir()
        try:
            return lock(folder / LOCK)
        except FileNotFoundError:
            if folder.is_symlink():  # it leads nowhere
                raise


def _is_empty(folder: Path) -> bool:
    """Whether a run has failed before its first partial."""
    return folder.is_dir() and {path.name for path in folder.iterdir()} <= {LOCK}


def _remove(folder: Path) -> None:
    """Removes a folder that we hold, the lock last: without it, the folder is anybody's."""
    faults.point("work-before-removal")
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name != LOCK:
            path.unlink()
        faults.point("work-in-removal")
    (folder / LOCK).unlink()
    faults.point("work-unlocked")
    with suppress(OSError):  # another run has it already
        folder.rmdir()
