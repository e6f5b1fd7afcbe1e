"""Task plan of a run by Slurm: the one by which tasks are at work, or a new one for the missing draws."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.slurm.remaining import Remaining
from tokstats_parallel.errors import OutputError, ResumeError, reason, remedy
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.tasks import plan_file
from tokstats_parallel.tasks.new_plan import replace_plan
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.stretches import cut_stretches, usual_tasks


@dataclass(frozen=True, slots=True)
class CacheChoice:
    """Place of converted corpora for the tasks.

    Attributes:
        folder: Folder of converted corpora; None for the user's cache on each machine.
        is_used: Whether corpora are converted into the cache.
    """

    folder: Path | None = None
    is_used: bool = True


def make_plan(setup: RunSetup, shards: Sequence[Shard], tasks: int | None, cache: CacheChoice) -> TaskPlan:
    """Writes a plan for missing shards into the work folder, in which no task is at work.

    Args:
        setup: Setup of the run.
        shards: Missing shards, at least one.
        tasks: Number of tasks of the whole run; a part of it has fewer. None to choose it.
        cache: Place of converted corpora.

    Raises:
        OutputError: The plan cannot be written.
    """
    draws = sum(shard.draws for shard in shards)
    number = _share(tasks, draws, setup.job.num_batches) if tasks else usual_tasks(draws)
    plan = TaskPlan(
        job=setup.job,
        fingerprints=_fingerprints(setup),
        use=setup.use,
        stretches=cut_stretches(shards, number, window=setup.job.pool_size.batches),
        cache_dir=cache.folder.absolute() if cache.folder else None,
        use_cache=cache.is_used,
    )
    folder = setup.partials_folder
    try:
        replace_plan(folder, plan)
    except OSError as error:
        raise OutputError(
            f"{folder / plan_file.NAME}: cannot be written ({reason(error)}); {remedy(error)} and run the same command "
            "again"
        ) from error
    return plan


def plan_at_work(setup: RunSetup, remaining: Remaining, jobs: Collection[str]) -> TaskPlan:
    """Returns the plan by which tasks are at work, or may be.

    Args:
        setup: Setup of the run.
        remaining: Draws that are missing.
        jobs: Ids of the Slurm jobs that run the tasks.

    Raises:
        ResumeError: The plan is of another run, or lacks missing draws.
    """
    folder = setup.partials_folder
    plan = plan_file.read(folder)
    if (
        plan is None
        or plan.job != setup.job
        or dict(plan.fingerprints) != _fingerprints(setup)
        or not remaining.lies_in(plan.stretches)
    ):
        who = f"Slurm job {', '.join(jobs)}" if jobs else "another process"
        end = f"`scancel {' '.join(jobs)}`" if jobs else "end them"
        raise ResumeError(
            f"{folder}: tasks of another run are at work here ({who}); wait for them, or {end} and try again a minute "
            "later"
        )
    return plan


def _share(tasks: int, draws: int, of: int) -> int:
    """Returns the number of tasks for a part of a run, whose tasks are as long as the tasks of the whole."""
    return max(1, min(draws, -(-tasks * draws // of)))


def _fingerprints(setup: RunSetup) -> dict[str, str]:
    return {language: handle.fingerprint for language, handle in setup.corpora.items()}
