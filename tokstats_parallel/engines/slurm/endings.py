"""Endings of tasks: tells in words why tasks ended before their shards were finished, and what to do."""

import re
from collections.abc import Collection, Mapping
from enum import Enum
from pathlib import Path
from signal import SIGUSR1

from tokstats_parallel.engines.slurm.arrays import Ended
from tokstats_parallel.engines.slurm.script import log_path
from tokstats_parallel.errors import IncompleteError, TokstatsError, WorkerError
from tokstats_parallel.system.wording import counted
from tokstats_parallel.tasks.task_list import task_list

_TAIL_BYTES = 20_000
_MOST_PARTS = 4
_OWN_ERROR = re.compile(r"^tokstats: error: (.*)$", re.MULTILINE)
_STEP_DAEMON = re.compile(r"^slurmstepd.*DUE TO ([A-Z ]+)", re.MULTILINE)
_OUT_OF_MEMORY = re.compile(r"^slurmstepd.*(oom.kill|[Oo]ut [Oo]f [Mm]emory|exceeded memory limit)", re.MULTILINE)
_INCOMPLETE = IncompleteError.exit_code
_NOT_STARTED = 53
"""Number that Slurm gives as a signal where a node cannot open the log or enter the folder of a batch script."""


class Cause(Enum):
    """Cause of a task's end: what happened to tasks, and the remedy."""

    TIME_LIMIT = "reached the time limit", "give a longer --time, or more --tasks"
    MEMORY = "ran out of memory", "give more --mem, or fewer --workers"
    PREEMPTED = "preempted", "others took the place"
    NODE = "lost the node", "the node failed, not the task"
    CANCELLED = "cancelled", "somebody has called scancel"
    HELD = "already run by another process", "wait for that process, or end it"
    KILLED = "killed", "often for lack of memory: then give more --mem, or fewer --workers"
    NOT_STARTED = "could not be started", "is the work folder on a disk that all nodes see under this path?"
    FAILED = "failed", "see to that"
    LOST = "ended without all shards", "the log may say why"
    FORGOTTEN = "ended, and Slurm does not tell how", "the log may say why"

    def __init__(self, happened: str, remedy: str) -> None:
        """Takes what happened, and the remedy."""
        self.happened, self.remedy = happened, remedy

    @property
    def is_failure(self) -> bool:
        """Tells whether the same command would probably fail again."""
        return self in {Cause.MEMORY, Cause.KILLED, Cause.NOT_STARTED, Cause.FAILED, Cause.LOST}


_BY_STATE = {
    "TIMEOUT": Cause.TIME_LIMIT,
    "DEADLINE": Cause.TIME_LIMIT,
    "OUT_OF_MEMORY": Cause.MEMORY,
    "PREEMPTED": Cause.PREEMPTED,
    "NODE_FAIL": Cause.NODE,
    "BOOT_FAIL": Cause.NODE,
    "CANCELLED": Cause.CANCELLED,
    "REVOKED": Cause.CANCELLED,
    "COMPLETED": Cause.LOST,
}
_BY_STEP_DAEMON = {
    "TIME LIMIT": Cause.TIME_LIMIT,
    "PREEMPTION": Cause.PREEMPTED,
    "NODE FAILURE": Cause.NODE,
}


def explain(folder: Path, ends: Mapping[int, Ended]) -> TokstatsError:
    """Returns the error about tasks that ended before their shards were finished.

    Args:
        folder: Work folder.
        ends: Number of a task -> end of the element that ran it.
    """
    groups: dict[tuple[Cause, str], list[int]] = {}
    for task, end in sorted(ends.items()):
        log = _tail(log_path(folder, end.job, end.element))
        cause = cause_of(end, log)
        groups.setdefault((cause, _detail(cause, end, log)), []).append(task)
    parts = [_part(cause, detail, tasks, folder, ends) for (cause, detail), tasks in groups.items()]
    more = [f"{len(parts) - _MOST_PARTS} more kinds of ends"] if len(parts) > _MOST_PARTS else []
    kind = WorkerError if any(cause.is_failure for cause, _ in groups) else IncompleteError
    return kind(f"{'; '.join([*parts[:_MOST_PARTS], *more])}; the same command runs only what is missing")


def cause_of(end: Ended, log: str) -> Cause:
    """Returns the cause of an element's end, from its state and the end of its log."""
    state = end.state
    if state.state in _BY_STATE:
        return _BY_STATE[state.state]
    if _OUT_OF_MEMORY.search(log):
        return Cause.MEMORY
    if state.exit_code == _INCOMPLETE or state.signal == SIGUSR1:
        # Slurm has sent the signal ahead of the time limit, unless the task says otherwise itself.
        return Cause.HELD if _last(_OWN_ERROR, log) else Cause.TIME_LIMIT
    if state.signal:
        return Cause.NOT_STARTED if state.signal == _NOT_STARTED else Cause.KILLED
    if state.state == "FAILED":
        return Cause.FAILED
    own = Cause.FAILED if _last(_OWN_ERROR, log) else Cause.FORGOTTEN
    return _BY_STEP_DAEMON.get(_last(_STEP_DAEMON, log).strip(), own)


def _detail(cause: Cause, end: Ended, log: str) -> str:
    """Returns the details known beyond the cause, such as the line of the task's own error."""
    if cause in {Cause.FAILED, Cause.HELD}:
        return _last(_OWN_ERROR, log) or f"exit code {end.state.exit_code}"
    return f"signal {end.state.signal}" if cause is Cause.KILLED else ""


def _part(cause: Cause, detail: str, tasks: Collection[int], folder: Path, ends: Mapping[int, Ended]) -> str:
    last = ends[max(tasks)]
    where = f"{counted(len(tasks), 'task')} ({task_list(tasks)} of Slurm job {last.job})"
    known = f" ({detail})" if detail else ""
    has_reason_in_log = cause.is_failure or cause is Cause.FORGOTTEN
    log = f", its log is {log_path(folder, last.job, last.element)}" if has_reason_in_log else ""
    return f"{where} {cause.happened}{known}: {cause.remedy}{log}"


def _last(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.findall(text)
    return found[-1] if found else ""


def _tail(path: Path) -> str:
    """Returns the end of a log; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
