"""Status of claims: tells at one look who holds the tasks of a folder, and whether the holders live.

One look says less than the watching of `system.claims.taking`; `Life` tells how sure it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel.errors import OutputError, reason
from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.life import Life, Look, look
from tokstats_parallel.system.claims.taking import Limits
from tokstats_parallel.system.process_identity import ProcessIdentity
from tokstats_parallel.tasks.claims import task_of


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClaim:
    """Claim of a task, as its holder has told it last.

    Attributes:
        task: Number of the task.
        generation: Number of times that the task was claimed.
        life: Life of the holder.
        age: Time since the last beat, in seconds, by the clocks of this machine and of the folder's server.
        process: Process of the holder; None if the claim cannot be read now.
        scheduler: Name that the scheduler has given to the holder, such as `SLURM_JOB_ID=17`; empty if none is known.
        workers: Number of its worker processes.
        done: Whether the holder says that the task is done.
        shards: Number of shards that it has finished, without the shards of holders before.
        draws: Number of draws of these shards.
        seconds: Time that its workers took for these shards, in seconds, added up over the workers.
    """

    task: int
    generation: int
    life: Life
    age: float
    process: ProcessIdentity | None = None
    scheduler: str = ""
    workers: int = 0
    done: bool = False
    shards: int = 0
    draws: int = 0
    seconds: float = 0.0

    @property
    def running(self) -> bool:
        """Tells whether the task is being run, as far as one look tells."""
        return self.life is Life.BEATING


def read_claims(folder: Path, limits: Limits | None = None) -> dict[int, TaskClaim]:
    """Returns the last claim of each task that was ever claimed in a work folder, by the task's number; does not wait.

    Args:
        folder: Work folder.
        limits: Limits of all claims in the folder; None for the usual ones.

    Raises:
        OutputError: The folder or a claim cannot be read.
    """
    silence = (limits or Limits()).silence
    claims = {}
    try:
        for name, generation in claim_file.highest_generations(folder).items():
            task = task_of(name)
            if task is not None and (seen := look(claim_file.path_of(folder, name, generation), silence)):
                claims[task] = _described(task, generation, seen)
    except OSError as error:
        raise OutputError(f"{error.filename or folder}: cannot be read ({reason(error)}); see to that") from error
    return dict(sorted(claims.items()))


def _described(task: int, generation: int, seen: Look) -> TaskClaim:
    process, facts = (seen.claim.process, _known(seen.claim.facts)) if seen.claim else (None, {})
    return TaskClaim(task=task, generation=generation, life=seen.life, age=seen.age, process=process, **facts)


def _known(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Returns those facts that this version of the program knows."""
    return {key: facts[key] for key in ("scheduler", "workers", "done", "shards", "draws", "seconds") if key in facts}
