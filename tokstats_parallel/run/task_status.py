"""Task status: how far the tasks of a plan are, by the partials and the claims in the work folder (`tokstats status`).

Nothing is written.
"""

from collections.abc import Collection
from pathlib import Path

from tokstats_parallel.run.task_shards import StretchState, read_plan_shards
from tokstats_parallel.system.workers_and_memory import MAX_THREADS, choose_threads
from tokstats_parallel.tasks import plan_file
from tokstats_parallel.tasks.claim_status import TaskClaim, read_claims
from tokstats_parallel.tasks.plan_status import PlanStatus, TaskStatus
from tokstats_parallel.tasks.stretches import draws_of_stretch


def task_status(folder: Path) -> PlanStatus:
    """Reads how far the tasks of a plan are; every partial is read and checked.

    Raises:
        ResumeError: The folder has no plan, one of another version, or partials of another run.
        OutputError: The folder or a partial cannot be read.
    """
    folder = folder.absolute()
    plan = plan_file.require(folder)
    claims = read_claims(folder)
    found = read_plan_shards(folder, plan, threads=choose_threads(MAX_THREADS))
    tasks = tuple(_status(number, state, claims.get(number)) for number, state in enumerate(found.tasks))
    draws, done, shards = plan.job.num_batches, found.draws, len(found.partials)
    pace = _seconds_a_draw(claims.values())
    workers = sum(one.claim.workers for one in tasks if one.claim and one.state == "running")
    return PlanStatus(
        folder=folder,
        tasks=tasks,
        draws=draws,
        done=done,
        lost=found.lost_draws,
        shards=shards,
        seconds_a_shard=pace * done / shards if pace and shards else None,
        seconds_left=pace * (draws - done) / workers if pace and workers else None,
    )


def _status(number: int, state: StretchState, claim: TaskClaim | None) -> TaskStatus:
    is_running = claim is not None and claim.running
    return TaskStatus(
        task=number,
        state="done" if state.is_done else "running" if is_running else "missing",
        draws=draws_of_stretch(state.stretch),
        done=state.draws,
        damaged=tuple(path.name for path, _ in state.damaged),
        claim=claim,
    )


def _seconds_a_draw(claims: Collection[TaskClaim]) -> float | None:
    """Returns the mean time of a draw in one worker, in seconds; None before any holder has finished a shard."""
    draws = sum(claim.draws for claim in claims)
    return sum(claim.seconds for claim in claims) / draws if draws else None
