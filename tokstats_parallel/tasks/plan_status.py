"""Plan status: how far the tasks of a plan are, as data for a reader or a program."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from tokstats_parallel.tasks.claim_status import TaskClaim

SCHEMA_VERSION = 1

State = Literal["done", "running", "missing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStatus:
    """Status of one task.

    Attributes:
        task: Number of the task, from 0.
        state: `done` if all its draws are saved; `running` if a process seems to be at work on it; else `missing`.
        draws: Number of its draws.
        done: Number of its draws that are saved.
        damaged: Names of its damaged partials.
        claim: Newest claim of the task; None if no process has ever had it.
    """

    task: int
    state: State
    draws: int
    done: int
    damaged: tuple[str, ...]
    claim: TaskClaim | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStatus:
    """Status of a plan.

    Attributes:
        folder: Work folder.
        tasks: Status of each task.
        draws: Number of draws of the run.
        done: Number of draws that are saved.
        lost: Number of draws that no task runs, because they were saved when the plan was made, and that are gone now.
        shards: Number of partials that count.
        seconds_a_shard: Mean time of a shard of mean length in one worker, in seconds; None if not known yet.
        seconds_left: Time until the running tasks could have done the rest, in seconds; None if none of them is known
            to work.
    """

    folder: Path
    tasks: tuple[TaskStatus, ...]
    draws: int
    done: int
    lost: int
    shards: int
    seconds_a_shard: float | None
    seconds_left: float | None

    @property
    def is_done(self) -> bool:
        """Tells whether all draws of the run are saved."""
        return self.done == self.draws

    def of_state(self, state: State) -> list[int]:
        """Returns the numbers of the tasks in a state, by rising number."""
        return [one.task for one in self.tasks if one.state == state]

    def to_json(self) -> dict[str, Any]:
        """Returns the object that `--json` prints; a change that breaks programs raises `SCHEMA_VERSION`."""
        return {"schema_version": SCHEMA_VERSION, "is_done": self.is_done, **asdict(self), "folder": str(self.folder)}
