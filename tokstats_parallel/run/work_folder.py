"""Work folder: holds the finished shards of a run until its result is written, and longer if the user wants that.

If a run was killed, the same command goes on with the finished shards. A longer run of the same job begins with the
shards of a shorter run (see `saved_shards`). The file `job.json` describes the job of the shards. One run at a time has
the folder.

Invariants: only the run that holds the folder's lock writes or removes files in the folder. Only files of this program
are removed. Shards of another job are removed only if the user says so.
"""

import errno
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.engines.slurm import record as slurm_record
from tokstats_parallel.engines.slurm.record import LOG_PATTERN
from tokstats_parallel.errors import OutputError, ResumeError
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run import job_file
from tokstats_parallel.run.folder_lock import CLAIM_PATTERN as LOCK_CLAIM
from tokstats_parallel.run.folder_lock import LOCK, folder_lock, refuse_locked, unusable
from tokstats_parallel.shards.partial import SUFFIX
from tokstats_parallel.system.fault_injection import fault_point
from tokstats_parallel.system.file_names import shell_word
from tokstats_parallel.tasks import plan_file
from tokstats_parallel.tasks.claims import CLAIM_PATTERN as TASK_CLAIM

SPILL = "tokstats-rows.tmp"

_JOB = "|".join(map(re.escape, (job_file.NAME, plan_file.NAME, slurm_record.NAME)))
_SHARD = rf".+\.\d+\.\d+-\d+{re.escape(SUFFIX)}"
# Earlier versions named temporary files without the program's name.
_OUR_NAMES = re.compile(
    rf"{re.escape(LOCK)}|{re.escape(SPILL)}|{LOCK_CLAIM}|{TASK_CLAIM}|{LOG_PATTERN}|{_JOB}|{_SHARD}"
    rf"|\.({_JOB}|{_SHARD})(\.[\w-]+)?(\.tokstats)?\.tmp",
    re.DOTALL,
)


@dataclass(slots=True)
class WorkFolder:
    """Work folder that this run has locked.

    Attributes:
        path: Path of the folder.
        keep: Whether the folder stays after a run that ends well.
        shared: Whether tasks may write partials into the folder at any time.
    """

    path: Path
    keep: bool
    shared: bool = False

    @property
    def spill(self) -> Path:
        """Path of the file for result rows that do not fit into memory."""
        return self.path / SPILL


@contextmanager
def open_folder(path: Path, *, keep: bool = False, shared: bool = False) -> Iterator[WorkFolder]:
    """Makes and locks the work folder of a run.

    If the run fails, the folder stays, unless no shard is in it. If the run ends well, the folder is removed, unless
    `WorkFolder.keep` is set.

    Args:
        path: Path of the folder.
        keep: Whether the folder stays after a run that ends well.
        shared: Whether tasks may write partials into the folder at any time; if not, a folder with a plan is refused.

    Raises:
        OutputError: Another run has the folder, the folder has other files in it, or it cannot be made.
        ResumeError: The job file is damaged, or another program has written it, or the folder has a plan of tasks.
    """
    refuse_other_files(path)
    with lock_folder(path):
        if not shared:
            refuse_plan(path)
        folder = WorkFolder(path, keep, shared)
        yield folder
        if not folder.keep:
            fault_point("work-before-removal")
            clear(path)


@contextmanager
def lock_folder(path: Path) -> Iterator[None]:
    """Locks a folder. The folder is made if it does not exist, and removed at the end if no shard is in it.

    Raises:
        OutputError: Another run has the folder, or the folder cannot be made.
    """
    with folder_lock(path):
        try:
            yield
        finally:
            with suppress(OSError, OutputError):  # how the run ended is more important
                _remove_if_empty(path)


@contextmanager
def lock_guards(output: OutputPaths) -> Iterator[None]:
    """Locks the folders that guard the files of a result; usually the work folder is the only one.

    Raises:
        OutputError: Another run writes a file of the result, or a folder cannot be made.
    """
    with ExitStack() as stack:
        for guard in output.guards:
            refuse_other_files(guard)
            stack.enter_context(lock_folder(guard))
        yield


def check_usable(path: Path) -> None:
    """Checks that a run can open the work folder, which need not exist; leaves everything as it is.

    Raises:
        OutputError: Another run has the folder, the folder has other files in it, or it cannot be made.
        ResumeError: The job file is damaged, or another program has written it.
    """
    refuse_other_files(path)
    if not path.parent.is_dir():
        raise unusable(path, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
    try:
        refuse_locked(path)
        # Only an attempt gives the right answer on every file system and for every user.
        with tempfile.TemporaryFile(dir=path if path.is_dir() else path.parent):
            pass
    except OSError as error:
        raise unusable(path, error) from error


def refuse_other_files(path: Path) -> None:
    """Refuses a folder that has files of other programs in it; changes nothing.

    Other programs have files named as the job file, too, so its content is read.

    Raises:
        OutputError: The folder has such files.
        ResumeError: The job file is damaged, or another program has written it.
    """
    try:
        with os.scandir(path) as entries:
            others = sorted(
                entry.name for entry in entries if not (is_ours(entry.name) and entry.is_file(follow_symlinks=False))
            )
    except OSError:  # it is made, or refused, when it is locked
        return
    if others:
        more = f" and {len(others) - 1:,} more are" if len(others) > 1 else " is"
        raise OutputError(
            f"{path}: cannot be the work folder, since {others[0]}{more} in it, which no run has put there; "
            "choose another --work-dir or --output-file, or move it away"
        )
    job_file.read(path)


def refuse_plan(path: Path) -> None:
    """Refuses a work folder with a plan, since tasks may be at work in it.

    Raises:
        ResumeError: The folder has a plan.
    """
    if (path / plan_file.NAME).exists():
        word = shell_word(path)
        raise ResumeError(
            f"{path}: is the folder of tasks (`tokstats status {word}` tells how far they are, `tokstats merge {word}` "
            f"writes their result); choose another --work-dir, or remove {plan_file.NAME} when no task is at work"
        )


def is_ours(name: str) -> bool:
    """Returns whether this program gives a file of a work folder this name."""
    return _OUR_NAMES.fullmatch(name) is not None


def clear(path: Path) -> None:
    """Removes this program's files from a locked folder, except the lock.

    Raises:
        OutputError: A file cannot be removed.
    """
    try:
        for entry in path.iterdir():
            if entry.name != LOCK and is_ours(entry.name):
                entry.unlink()
                fault_point("work-in-removal")
    except OSError as error:
        raise OutputError(f"{path}: cannot be emptied ({error.strerror}); remove it yourself") from error


def _remove_if_empty(path: Path) -> None:
    """Removes a locked folder if it has no shard, no plan and no file of another program in it.

    The lock file is removed last, because another run may lock the folder as soon as that file is gone.
    """
    if any(
        entry.suffix == SUFFIX or entry.name == plan_file.NAME or not is_ours(entry.name) for entry in path.iterdir()
    ):
        return
    clear(path)
    (path / LOCK).unlink()
    fault_point("work-unlocked")
    with suppress(OSError):  # another run has it already
        path.rmdir()
