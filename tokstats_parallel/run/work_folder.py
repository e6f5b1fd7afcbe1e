"""The work folder: what a run keeps until its result is written, and longer where that is asked for.

Finished shards are in it, so the same command finds them again after a kill and goes on with them, and a longer run of
the same job begins with those of a shorter one. `job.json` tells of what job they are. One run at a time has the
folder. Invariants: only the run that holds its lock writes or removes anything in it; nothing is removed that is not
this program's; shards of another job are never removed unless the user says so.
"""

import errno
import os
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import OutputError, ResumeError, reason, remedy
from tokstats_parallel.run import job_file
from tokstats_parallel.shards.partial import SUFFIX, ForeignPartialError, Partial, PartialError, check
from tokstats_parallel.system.atomic import flush
from tokstats_parallel.system.fault_injection import fault_point
from tokstats_parallel.system.file_lock import is_locked, lock
from tokstats_parallel.system.wording import counted

LOCK = "tokstats.lock"
SPILL = "rows.tmp"

_JOB = re.escape(job_file.NAME)
_SHARD = rf".+\.\d+\.\d+-\d+{re.escape(SUFFIX)}"
_OURS = re.compile(rf"{re.escape(LOCK)}|{re.escape(SPILL)}|{_JOB}|\.{_JOB}\.tmp|{_SHARD}|\.{_SHARD}\.tmp", re.DOTALL)
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}
# The disk does not have the bytes any more; whatever else the system refuses may be there the next time.
_LOST = {errno.EIO, errno.EBADMSG}
_START_ANEW = "throw them away with --fresh, or choose another --work-dir or --output-file"


@dataclass(slots=True)
class WorkFolder:
    """A folder that this run has.

    Attributes:
        path: Where it is.
        keep: Whether it stays when the run ends well.
    """

    path: Path
    keep: bool

    @property
    def spill(self) -> Path:
        """A file for rows that do not fit into memory."""
        return self.path / SPILL


@contextmanager
def opened(path: Path, *, keep: bool = False) -> Iterator[WorkFolder]:
    """Makes and locks the work folder for a run.

    The folder stays if the run fails with something in it, and is removed if it ends well, unless it is to be kept.

    Raises:
        OutputError: Another run has the folder, something else is in it, or it cannot be made.
    """
    _refuse_others(path)
    with held(path):
        folder = WorkFolder(path, keep)
        yield folder
        if not folder.keep:
            fault_point("work-before-removal")
            _clear(path)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Has the folder `path`, which is made where it is not there and removed at the end if no shard is in it.

    Raises:
        OutputError: Another run has the folder, or it cannot be made.
    """
    descriptor = _locked(path)
    try:
        yield
    finally:
        try:
            with suppress(OSError, OutputError):  # how the run ended says more
                _remove_if_empty(path)
        finally:
            os.close(descriptor)


def begin(folder: WorkFolder, job: Job, *, fresh: bool, notify: Callable[[str], None]) -> None:
    """Sees to it that shards of no other job are in the folder, as far as can be told without the corpora.

    Args:
        folder: The folder.
        job: The run.
        fresh: Whether to throw away what is there.
        notify: Called with a line where shards are thrown away.

    Raises:
        ResumeError: There are shards of another job.
        OutputError: What is there cannot be removed.
    """
    there = job_file.read(folder.path)
    shards = _shards(folder.path)
    if fresh:
        _clear(folder.path)
        if shards:
            notify(f"{folder.path}: {counted(len(shards), 'saved shard')} thrown away")
    elif there and shards:
        _refuse(folder.path / job_file.NAME, job_file.differences(there, job))


def look(path: Path, job: Job | None, fingerprints: Mapping[str, str]) -> int:
    """What a run would find, which is told without making or changing anything.

    Args:
        path: The folder, which need not be there.
        job: The run; None where it is not known.
        fingerprints: Language -> hash of its rows' content, of as many languages as are known.

    Returns:
        The number of saved shards.

    Raises:
        OutputError: Another run has the folder, something else is in it, or it cannot be made.
        ResumeError: There are shards of another job, or of other corpora.
    """
    _refuse_others(path)
    if not path.parent.is_dir():
        raise _unusable(path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    if is_locked(path / LOCK):
        raise _held(path)
    there, shards = job_file.read(path), _shards(path)
    if job and there and shards:
        _refuse(path / job_file.NAME, job_file.differences(there, job, fingerprints))
    return len(shards)


def saved(
    folder: WorkFolder, job: Job, *, fingerprints: Mapping[str, str], notify: Callable[[str], None]
) -> list[Partial]:
    """The partials in the folder, all of this job; any draw may be in several. The folder is this job's from now on.

    Damaged ones are removed with a notice, as is what a killed run has half written.

    Raises:
        ResumeError: There are shards of another job, or of other corpora.
        OutputError: The folder or a shard cannot be read, or the folder not be written.
    """
    there = job_file.read(folder.path)
    paths, digest = _shards(folder.path), job.digest()
    if there and paths:
        _refuse(folder.path / job_file.NAME, job_file.differences(there, job, fingerprints))
    found: list[Partial] = []
    damaged: list[tuple[Path, PartialError]] = []
    for path in paths:
        try:
            found.append(check(path, job_digest=digest, fingerprints=fingerprints))
        except ForeignPartialError as error:
            _refuse(path, error.differences)
        except PartialError as error:
            if isinstance(cause := error.__cause__, OSError) and cause.errno not in _LOST:
                raise OutputError(
                    f"{path}: cannot be read ({reason(cause)}); see to that, or remove it to have it made anew, "
                    "and run the same command again"
                ) from error
            damaged.append((path, error))
    try:
        for path, flaw in damaged:
            notify(str(flaw).replace("remove it and run again", "removed, it is made anew"))
            path.unlink()
        for path in folder.path.glob("*.tmp"):
            if _OURS.fullmatch(path.name):
                path.unlink()
        job_file.write(folder.path, job, fingerprints)
        # A shard that counts as done is in a folder that is on the disk.
        flush(folder.path.resolve().parent)
    except OSError as error:
        raise _unusable(folder.path, error) from error
    return found


def _shards(path: Path) -> list[Path]:
    return sorted(entry for entry in path.glob(f"*{SUFFIX}") if _OURS.fullmatch(entry.name))


def _refuse(path: Path, differences: str) -> None:
    if differences:
        raise ResumeError(f"{path}: the shards saved here are of another run ({differences}); {_START_ANEW}")


def _refuse_others(path: Path) -> None:
    """Raises OutputError where something is in the folder that no run has put there."""
    try:
        with os.scandir(path) as entries:
            others = sorted(
                entry.name for entry in entries if not (_OURS.fullmatch(entry.name) and _is_plain_file(entry))
            )
    except OSError:  # it is made or refused when it is locked
        return
    if others:
        more = f" and {len(others) - 1:,} more are" if len(others) > 1 else " is"
        raise OutputError(
            f"{path}: cannot be the work folder, since {others[0]}{more} in it, which no run has put there; "
            "choose another --work-dir, or move it away"
        )


def _is_plain_file(entry: "os.DirEntry[str]") -> bool:
    return entry.is_file(follow_symlinks=False)


def _locked(path: Path) -> int:
    try:
        descriptor = _make_and_lock(path)
        if descriptor is not None:
            _sign(descriptor)
            return descriptor
    except OSError as error:
        raise _unusable(path, error) from error
    raise _held(path)


def _make_and_lock(path: Path) -> int | None:
    """Makes and locks the folder, again where another run removes it in between; None where one has it."""
    while True:
        with suppress(FileExistsError):
            path.mkdir()
        try:
            return lock(path / LOCK)
        except FileNotFoundError:
            if path.is_symlink():  # it leads nowhere
                raise


def _sign(descriptor: int) -> None:
    """Writes down who has the lock. The text outlives a killed run, the lock does not."""
    text = f"{os.getpid()} {socket.gethostname()}\n".encode()
    try:
        os.pwrite(descriptor, text, 0)
        os.ftruncate(descriptor, len(text))
    except BaseException:
        os.close(descriptor)
        raise


def _held(path: Path) -> OutputError:
    return OutputError(
        f"{path}: another run is at work here{_holder(path)}; "
        "wait for it, or choose another --output-file or --work-dir"
    )


def _holder(path: Path) -> str:
    """Who has the lock, as far as is known."""
    try:
        pid, host = (path / LOCK).read_text("utf-8").split()
    except (OSError, ValueError):  # it has just been taken, or has just gone
        return ""
    return f", process {pid} on {host}"


def _unusable(path: Path, error: OSError) -> OutputError:
    if error.errno in _NO_LOCKS:
        return OutputError(
            f"{path}: its file system has no locks ({error.strerror}), so nobody can tell whether another run is at "
            "work here; put --output-file and --work-dir on another"
        )
    return OutputError(
        f"{path}: cannot keep finished shards here ({error.strerror}); {remedy(error)} and run the same command again, "
        "or choose another --work-dir"
    )


def _clear(path: Path) -> None:
    """Removes what runs have put into a folder that we hold, but for the lock."""
    try:
        for entry in path.iterdir():
            if entry.name != LOCK and _OURS.fullmatch(entry.name):
                entry.unlink()
                fault_point("work-in-removal")
    except OSError as error:
        raise OutputError(f"{path}: cannot be emptied ({error.strerror}); remove it yourself") from error


def _remove_if_empty(path: Path) -> None:
    """Removes a folder that we hold if no shard and nothing of anybody else's is in it.

    The lock goes last: without it, the folder is anybody's.
    """
    if any(entry.suffix == SUFFIX or not _OURS.fullmatch(entry.name) for entry in path.iterdir()):
        return
    _clear(path)
    (path / LOCK).unlink()
    fault_point("work-unlocked")
    with suppress(OSError):  # another run has it already
        path.rmdir()
