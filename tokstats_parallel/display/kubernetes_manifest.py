"""Kubernetes manifest: an indexed job whose pods run the tasks of a plan.

docs/kubernetes.md explains each line; a test compares the page with this module.
"""

import json
import os
from pathlib import Path

from tokstats_parallel.tasks.plan_file import TaskPlan

_MANIFEST = """\
apiVersion: batch/v1
kind: Job
metadata:
  name: tokstats-work
spec:
  completionMode: Indexed
  completions: {tasks}
  parallelism: {tasks}
  backoffLimitPerIndex: 3
  podFailurePolicy:
    rules:
    - action: FailJob
      onExitCodes: {{containerName: work, operator: In, values: [2]}}
    - action: Ignore
      onExitCodes: {{containerName: work, operator: In, values: [3]}}
    - action: Ignore
      onPodConditions: [{{type: DisruptionTarget, status: "True"}}]
  template:
    spec:
      restartPolicy: Never
      terminationGracePeriodSeconds: 30
      containers:
      - name: work
        image: IMAGE
        command: [tokstats, work, {folder}, --tasks, "{tasks}"]
        resources:
          requests: {{cpu: "8", memory: 8Gi}}
          limits: {{cpu: "8", memory: 8Gi}}
        volumeMounts:
        - {{name: shared, mountPath: {mount}}}
      volumes:
      - name: shared
        persistentVolumeClaim: {{claimName: CLAIM}}"""


def manifest(folder: Path, plan: TaskPlan) -> str:
    """Returns the manifest, in which IMAGE and CLAIM are to be replaced.

    Args:
        folder: Work folder of the plan.
        plan: Plan of the tasks.
    """
    # JSON is YAML, too, so it quotes the paths.
    quoted, mount = (json.dumps(str(path), ensure_ascii=False) for path in (folder, _mount(folder, plan)))
    return _MANIFEST.format(tasks=plan.tasks, folder=quoted, mount=mount)


def _mount(folder: Path, plan: TaskPlan) -> Path:
    """Returns the folder that has the work folder, the data and the cache in it, if there is one below the root."""
    needed = [folder.parent, plan.job.train_directory.absolute(), *([plan.cache_dir] if plan.cache_dir else [])]
    common = Path(os.path.commonpath(needed))
    return common if common != Path(common.root) else folder.parent
