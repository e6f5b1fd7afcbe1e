"""Saved shards: finds, checks and chooses the partials that earlier runs have left in a work folder.

A partial is used only if the values in its first line fit the run (see `partial`). Partials of another job or corpus
are refused and stay as they are. Damaged partials are removed, and their shards are run again.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.run import job_file, work_folder
from tokstats_parallel.run.checked_partials import check_partials, other_run, partial_files
from tokstats_parallel.run.folder_lock import unusable
from tokstats_parallel.run.work_folder import WorkFolder
from tokstats_parallel.shards.partial import REMOVE_IT, Partial, PartialError
from tokstats_parallel.shards.plan import Shard, inside_run, non_overlapping
from tokstats_parallel.shards.streams import fingerprints_of_streams
from tokstats_parallel.system.atomic import flush
from tokstats_parallel.system.wording import counted


def refuse_other_job(folder: WorkFolder, job: Job, *, fresh: bool, notify: Callable[[str], None]) -> None:
    """Refuses a work folder with shards of another job. `load_saved` compares the corpora later.

    Args:
        folder: Work folder of the run.
        job: Job of the run.
        fresh: Whether to remove all saved shards instead of refusing the folder.
        notify: Receives a line if shards are removed.

    Raises:
        ResumeError: The folder has shards of another job.
        OutputError: The shards cannot be removed.
    """
    there = job_file.read(folder.path)
    shards = partial_files(folder.path)
    if fresh:
        work_folder.clear(folder.path)
        if shards:
            notify(f"{folder.path}: {counted(len(shards), 'saved shard')} thrown away")
    elif there and shards:
        _refuse_saved(folder.path / job_file.NAME, job_file.differences(there, job))


def inspect(path: Path, job: Job | None, fingerprints: Mapping[str, str]) -> int:
    """Returns the number of saved shards in a work folder; makes and changes nothing.

    Args:
        path: Work folder, which need not exist.
        job: Job of the run; None if it is not known.
        fingerprints: Language -> fingerprint of its corpus, without the languages whose fingerprints are not known.

    Raises:
        OutputError: Another run has the folder, the folder has other files in it, or it cannot be made.
        ResumeError: The folder has shards of another job, or of other corpora.
    """
    work_folder.check_usable(path)
    there, shards = job_file.read(path), partial_files(path)
    if job and there and shards:
        _refuse_saved(path / job_file.NAME, job_file.differences(there, job, fingerprints))
    return len(shards)


def load_saved(
    folder: WorkFolder, setup: RunSetup, fingerprints: Mapping[str, str], *, notify: Callable[[str], None]
) -> list[Partial]:
    """Returns the saved partials that this run uses, so that no draw is in two of them; writes the run's job file.

    Damaged partials are removed with a notice. Half-written files left by a killed run are removed without a notice. If
    the folder has shards of a longer run, it stays after this run.

    Args:
        folder: Work folder of the run.
        setup: Setup of the run.
        fingerprints: Language -> fingerprint of its corpus.
        notify: Receives the notices.

    Raises:
        ResumeError: The folder has shards of another job, or of other corpora.
        OutputError: The folder or a shard cannot be read, or the folder cannot be written.
    """
    found = {one.shard: one for one in _check_all(folder, setup, fingerprints, notify)}
    usable = inside_run(setup.job, found)
    longer = len(found) - len(usable)
    if longer and not folder.keep:
        folder.keep = True  # they may be hours of work
        notify(f"{folder.path}: stays after this run, since it holds {counted(longer, 'shard')} of a longer one")
    return [found[shard] for shard in non_overlapping(usable)]


def resume_message(saved: Sequence[Partial], missing: Sequence[Shard]) -> str:
    """Returns the notice that a run goes on with saved shards, with the numbers of shards and batches."""
    done = sum(one.shard.draws for one in saved)
    in_all = done + sum(shard.draws for shard in missing)
    shards = counted(len(saved) + len(missing), "shard")
    return f"going on: {len(saved):,} of {shards} ({done:,} of {in_all:,} batches) are done"


def _check_all(
    folder: WorkFolder, setup: RunSetup, fingerprints: Mapping[str, str], notify: Callable[[str], None]
) -> list[Partial]:
    """Returns all whole partials of the folder, removes damaged ones, and writes the run's job file."""
    there = job_file.read(folder.path)
    paths = partial_files(folder.path)
    if there and paths:
        _refuse_saved(folder.path / job_file.NAME, job_file.differences(there, setup.job, fingerprints))
    expected = fingerprints_of_streams(setup.job, fingerprints)
    found = check_partials(paths, job_digest=setup.job_digest, fingerprints=expected)
    try:
        _clean(folder, found.damaged, notify)
        job_file.write(folder.path, setup.job, fingerprints)
        # A shard counts as done only if its folder is on the disk, too.
        flush(folder.path.resolve().parent)
    except OSError as error:
        raise unusable(folder.path, error) from error
    return found.whole


def _clean(folder: WorkFolder, damaged: Sequence[tuple[Path, PartialError]], notify: Callable[[str], None]) -> None:
    for path, error in damaged:
        notify(str(error).replace(REMOVE_IT, "removed, it is made anew"))
        path.unlink()
    # Tasks may be writing such files now, and each removes its own.
    for path in () if folder.shared else folder.path.glob("*.tmp"):
        if work_folder.is_ours(path.name):
            path.unlink()


def _refuse_saved(path: Path, differences: str) -> None:
    if differences:
        raise other_run(path, differences)
