"""The folder in which a run keeps its partials until its result is written.

It stands beside the output, so the same command finds it again after a kill and goes on with what is there. One run at
a time has it. It is removed when the result is whole on the disk.
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tokstats_parallel.errors import OutputError
from tokstats_parallel.partial import SUFFIX, Partial, PartialError, load
from tokstats_parallel.plan import Shard

LOCK = "lock"


@contextmanager
def opened(folder: Path | None) -> Iterator[Path]:
    """Makes and locks the folder for a run; a temporary one where it is None.

    The folder stays if the run fails, and is removed if it ends well.

    Raises:
        OutputError: Another run has the folder, or it cannot be made.
    """
    if folder is None:
        with TemporaryDirectory(prefix="tokstats-") as temporary:
            yield Path(temporary)
        return
    descriptor = _locked(folder)
    try:
        yield folder
        shutil.rmtree(folder)
    finally:
        os.close(descriptor)
        _remove_if_empty(folder)


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
                partial = load(path, job_digest=job_digest, fingerprints=fingerprints)
            except PartialError as error:
                notify(str(error).replace("remove it", "removed"))
                path.unlink()
                continue
            if partial.shards <= wanted:
                found.append(partial)
    return found


def _locked(folder: Path) -> int:
    try:
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise OutputError(f"{folder}: cannot keep partial results here ({error.strerror})") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise OutputError(
            f"{folder}: another run is writing this output; wait for it, or choose another --output-file"
        ) from error
    return descriptor


def _remove_if_empty(folder: Path) -> None:
    """Leaves nothing behind where a run failed before its first partial."""
    if folder.is_dir() and {path.name for path in folder.iterdir()} <= {LOCK}:
        shutil.rmtree(folder, ignore_errors=True)
