"""New plan: puts a plan into a work folder, unless tasks of an older one are at work there."""

from pathlib import Path

from tokstats_parallel.errors import ResumeError
from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.tasks import plan_file
from tokstats_parallel.tasks.claim_status import read_claims
from tokstats_parallel.tasks.claims import task_of
from tokstats_parallel.tasks.plan_file import TaskPlan


def refuse_running_tasks(folder: Path) -> None:
    """Refuses a work folder in which tasks seem to be at work.

    Raises:
        ResumeError: A task is at work.
        OutputError: The folder cannot be read.
    """
    for task, claim in read_claims(folder).items():
        if claim.running:
            holder = f" (process {claim.process.pid} on {claim.process.host})" if claim.process else ""
            raise ResumeError(
                f"{folder}: task {task} is at work here{holder}; wait for the tasks of this plan, or end them and try "
                "again a minute later"
            )


def replace_plan(folder: Path, plan: TaskPlan) -> None:
    """Writes the plan file of a work folder in which no task is at work; removes the claims of an older plan first.

    Raises:
        OSError: A file cannot be written or removed.
    """
    (folder / plan_file.NAME).unlink(missing_ok=True)  # so that no task of it begins from now on
    for name, highest in claim_file.highest_generations(folder).items():
        if task_of(name) is not None:
            for generation in range(highest, 0, -1):
                claim_file.path_of(folder, name, generation).unlink(missing_ok=True)
    plan_file.write(folder, plan)
