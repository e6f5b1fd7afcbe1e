"""Plan tasks: makes the work folder and the plan of a run whose parts run on other machines (`tokstats plan`)."""

from collections.abc import Sequence
from pathlib import Path

from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.run.corpora import find_sources, make_setup, open_corpora
from tokstats_parallel.run.folder_lock import unusable
from tokstats_parallel.run.saved_shards import load_saved, refuse_other_job
from tokstats_parallel.run.work_folder import WorkFolder, lock_folder, refuse_other_files
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.system.workers_and_memory import MAX_THREADS, choose_threads
from tokstats_parallel.tasks.new_plan import refuse_running_tasks, replace_plan
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.stretches import Stretch, cut_stretches, usual_tasks


def plan_tasks(
    request: JobRequest,
    *,
    work_dir: Path,
    tasks: int | None,
    cache_dir: Path | None,
    use_cache: bool,
    fresh: bool,
    observer: Observer,
) -> TaskPlan:
    """Makes the plan of a config's run in a work folder, where tasks on any machines find it.

    Shards that are saved in the folder stay, and no task runs them again.

    Args:
        request: Config, and the values that replace values of the config.
        work_dir: Work folder, which all machines see.
        tasks: Number of tasks; None to choose it by the number of draws.
        cache_dir: Folder of converted corpora, for this command and for the tasks; None for the user's cache on each
            machine.
        use_cache: Whether corpora are converted into the cache.
        fresh: Whether to remove the shards that an earlier run has left.
        observer: Receives notes, and the progress of conversions.

    Raises:
        TokstatsError: The config or an option cannot be used, or the work folder has shards of another job, or tasks
            that are at work.
    """
    job = load_job(request, notify=observer.note)
    work_dir = work_dir.absolute()
    sources = find_sources(job)
    refuse_other_files(work_dir)
    with lock_folder(work_dir):
        refuse_running_tasks(work_dir)
        folder = WorkFolder(work_dir, keep=True)
        refuse_other_job(folder, job, fresh=fresh, notify=observer.note)
        opened = open_corpora(
            job,
            sources,
            cache_dir=cache_dir,
            use_cache=use_cache,
            threads=choose_threads(MAX_THREADS),
            observer=observer,
        )
        setup = make_setup(job, opened, work_dir, observer)
        saved = [one.shard for one in load_saved(folder, setup, opened.fingerprints, notify=observer.note)]
        missing = plan(job, done=saved)
        planned = TaskPlan(
            job=job,
            fingerprints=opened.fingerprints,
            use=setup.use,
            stretches=_cut(missing, tasks, job.pool_size.batches),
            cache_dir=cache_dir.absolute() if cache_dir else None,
            use_cache=use_cache,
        )
        _write(work_dir, planned)
    return planned


def _cut(missing: Sequence[Shard], tasks: int | None, window: int) -> tuple[Stretch, ...]:
    draws = sum(shard.draws for shard in missing)
    if not draws:
        return ()
    return cut_stretches(missing, usual_tasks(draws) if tasks is None else tasks, window=window)


def _write(folder: Path, plan: TaskPlan) -> None:
    try:
        replace_plan(folder, plan)
    except OSError as error:
        raise unusable(folder, error) from error
