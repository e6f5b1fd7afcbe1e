"""Plan text: a plan of tasks, and the lines that start them under a scheduler."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tokstats_parallel.display.kubernetes_manifest import manifest
from tokstats_parallel.system.file_names import is_utf8, shell_word
from tokstats_parallel.system.wording import counted
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.stretches import draws_of_stretch

SCHEMA_VERSION = 1


def plan_summary(folder: Path, plan: TaskPlan) -> dict[str, Any]:
    """Returns the object that `plan --json` prints; a change that breaks programs raises `SCHEMA_VERSION`."""
    draws = [draws_of_stretch(stretch) for stretch in plan.stretches]
    return {
        "schema_version": SCHEMA_VERSION,
        "folder": str(folder),
        "tasks": plan.tasks,
        "draws": plan.job.num_batches,
        "saved_draws": plan.job.num_batches - sum(draws),
        "draws_of_tasks": draws,
    }


def plan_lines(folder: Path, plan: TaskPlan) -> Iterator[str]:
    """Yields the lines about a plan for a reader, and the lines that start its tasks."""
    summary = plan_summary(folder, plan)
    saved, word = summary["saved_draws"], shell_word(folder)
    before = f", of which {saved:,} are saved already" if saved else ""
    yield f"{counted(plan.job.num_batches, 'batch')}{before}, in {counted(plan.tasks, 'task')}: {folder}"
    if plan.tasks:
        yield f"Each task draws {_range(summary['draws_of_tasks'])}. Start them on any machines, in any order:"
        yield ""
        yield from _starts(folder, plan)
        yield ""
    yield f"tokstats status {word}   tells how far they are"
    yield f"tokstats merge {word} --output-file FILE   writes the result in the end"


def _starts(folder: Path, plan: TaskPlan) -> Iterator[str]:
    """Yields the lines that start the tasks; the lines of a shell can be pasted whatever the folder's name."""
    work = f"tokstats work {shell_word(folder)} --tasks {plan.tasks}"
    yield "Slurm"
    # The signal comes a minute before the time limit, so that the task ends in order.
    options = f"--array=0-{plan.tasks - 1} --cpus-per-task=8 --requeue --signal=B:USR1@60"
    yield f"  sbatch {options} --wrap={shlex.quote(f'exec {work}')}"
    yield "GNU parallel"
    yield f"  seq 0 {plan.tasks - 1} | parallel --jobs 1 --sshloginfile MACHINES {shlex.quote(work)} --task"
    yield "Kubernetes"
    text = manifest(folder, plan)
    if is_utf8(text):  # not indented, since the shell looks for END at the beginning of a line
        yield from ("kubectl apply -f - <<'END'", *text.splitlines(), "END")
    else:
        yield "  (no manifest, because a folder's name is not UTF-8)"


def _range(draws: Sequence[int]) -> str:
    least, most = min(draws), max(draws)
    return counted(most, "batch") if least == most else f"{least:,} to {counted(most, 'batch')}"
