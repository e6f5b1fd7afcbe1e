"""Task status text: how far the tasks of a plan are, for a reader."""

from collections.abc import Iterator, Sequence

from tokstats_parallel.system.file_names import shell_word
from tokstats_parallel.system.wording import counted, duration, listed
from tokstats_parallel.tasks.plan_status import PlanStatus, TaskStatus
from tokstats_parallel.tasks.task_list import task_list

_MOST_LISTED = 10


def status_lines(status: PlanStatus) -> Iterator[str]:
    """Yields the lines about a plan: the whole, the tasks by state, the damage, the pace, and what to do next."""
    running, missing = status.of_state("running"), status.of_state("missing")
    yield (
        f"{status.done:,} of {counted(status.draws, 'batch')} ({status.done / status.draws:.1%}), "
        f"in {counted(status.shards, 'shard')}"
    )
    yield (
        f"{counted(len(status.tasks), 'task')}: {len(status.of_state('done')):,} done, {len(running):,} running, "
        f"{len(missing):,} missing"
    )
    if running:
        yield f"running: {listed([_holder(status.tasks[task]) for task in running], _MOST_LISTED)}"
    if missing:
        yield f"missing: {task_list(missing)}"
    if damaged := [name for one in status.tasks for name in one.damaged]:
        yield f"damaged, made anew by its task: {listed(damaged, _MOST_LISTED)}"
    if status.seconds_a_shard:
        left = f", {duration(status.seconds_left)} left at the pace of the running ones" if status.seconds_left else ""
        yield f"{status.seconds_a_shard:.2f} s a shard in one worker{left}"
    yield _next(status, missing)


def _holder(one: TaskStatus) -> str:
    if one.claim is None or one.claim.process is None:
        return f"{one.task}"
    process = one.claim.process
    return f"{one.task} ({one.done / one.draws:.0%}, process {process.pid} on {process.host})"


def _next(status: PlanStatus, missing: Sequence[int]) -> str:
    folder = shell_word(status.folder)
    if status.is_done:
        return f"all is saved: tokstats merge {folder} --output-file FILE"
    if missing:
        return f"start the missing tasks: tokstats work {folder} --task K --tasks {len(status.tasks)}"
    if status.lost:
        return f"{counted(status.lost, 'batch')} saved before the plan are gone: run the same tokstats plan again"
    return "nothing to do but to wait"
