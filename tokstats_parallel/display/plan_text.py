"""Plan text: a plan of tasks, and the lines that start them under a scheduler."""

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokstats_parallel.system.wording import counted
from tokstats_parallel.tasks.plan_file import TaskPlan
from tokstats_parallel.tasks.stretches import draws_of_stretch

SCHEMA_VERSION = 1

_POD = """kubectl apply -f - <<'END'
apiVersion: batch/v1
kind: Job
metadata: {{name: tokstats}}
spec:
  completionMode: Indexed
  completions: {tasks}
  parallelism: {tasks}
  backoffLimitPerIndex: 3
  template:
    spec:
      restartPolicy: Never
      containers:
      - name: work
        image: IMAGE
        command: [tokstats, work, {folder}, --tasks, "{tasks}"]
        volumeMounts: [{{name: shared, mountPath: {mount}}}]
      volumes: [{{name: shared, persistentVolumeClaim: {{claimName: CLAIM}}}}]
END"""


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
    """Yields the lines about a plan for a reader, and those that start its tasks."""
    summary = plan_summary(folder, plan)
    saved, draws = summary["saved_draws"], summary["draws_of_tasks"]
    before = f", of which {saved:,} are saved already" if saved else ""
    yield f"{counted(plan.job.num_batches, 'batch')}{before}, in {counted(plan.tasks, 'task')}: {folder}"
    work = f"tokstats work {shlex.quote(str(folder))} --tasks {plan.tasks}"
    if draws:
        yield f"Each task draws {min(draws):,} to {max(draws):,} batches. Start them on any machines, in any order:"
        yield ""
        yield "Slurm"
        yield f"  sbatch --array=0-{plan.tasks - 1} --cpus-per-task=8 --requeue --wrap={shlex.quote(f'exec {work}')}"
        yield "GNU parallel"
        yield f"  seq 0 {plan.tasks - 1} | parallel --jobs 1 --sshloginfile MACHINES {shlex.quote(work)} --task"
        yield "Kubernetes"
        yield from (f"  {line}" for line in _pod(folder, plan.tasks))
        yield ""
    yield f"tokstats status {shlex.quote(str(folder))}   tells how far they are"
    yield f"tokstats merge {shlex.quote(str(folder))} --output-file FILE   writes the result in the end"


def _pod(folder: Path, tasks: int) -> list[str]:
    """Returns the lines of an indexed Kubernetes job; JSON is YAML, too, so it quotes the paths."""
    folder_text, mount = json.dumps(str(folder)), json.dumps(str(folder.parent))
    return _POD.format(tasks=tasks, folder=folder_text, mount=mount).splitlines()
