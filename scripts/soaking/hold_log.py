"""Log of the holders of tasks: checks that no two processes held a task at the same time, and no shard came twice."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Run:
    """One start of a task on a node, as its starter knows it.

    Attributes:
        task: Number of the task.
        died: Time at which it was killed or had ended; endless while it runs.
        asleep: Time spans in which its node was suspended.
    """

    task: int
    died: float = float("inf")
    asleep: list[tuple[float, float]] = field(default_factory=list)


def read(log: Path) -> list[dict[str, object]]:
    """Reads the lines of a log, except one that a kill has cut."""
    lines = []
    for line in log.read_text("utf-8").splitlines() if log.exists() else []:
        try:
            lines.append(json.loads(line))
        except ValueError:
            continue
    return lines


def wrong(log: Path, runs: dict[str, Run], *, notices: float) -> Iterator[str]:
    """Yields a line for each task that two processes held at a time, and for each shard that was saved twice.

    A process whose node sleeps does not count, nor for the time `notices` after it, in which it looks at its claim.

    Args:
        log: Log of all runs of a work folder.
        runs: Id of a run -> what its starter knows.
        notices: Time in seconds.
    """
    spans: dict[int, list[tuple[float, float, str]]] = defaultdict(list)
    saved: dict[str, list[str]] = defaultdict(list)
    began: dict[str, float] = {}
    ends: dict[str, float] = {}
    for line in read(log):
        run, at = str(line["run"]), float(str(line["at"]))
        if line["event"] == "saved":
            if not any(stopped <= at < went_on + notices for stopped, went_on in runs[run].asleep):
                saved[str(line["shard"])].append(run)
        else:
            (began if line["event"] == "holds" else ends)[run] = at
    for run, begin in began.items():
        end = min(ends.get(run, float("inf")), runs[run].died)
        spans[runs[run].task] += [(first, last, run) for first, last in _awake(begin, end, runs[run].asleep, notices)]
    for task, held in spans.items():
        for (_, end, one), (begin, last, other) in pairwise(sorted(held)):
            if one != other and begin < end:
                yield f"task {task}: {one} and {other} both held it for {min(end, last) - begin:.3f} s"
    for shard, by in saved.items():
        if len(by) > 1:
            yield f"{shard}: saved by {' and by '.join(by)}"


def _awake(
    begin: float, end: float, asleep: list[tuple[float, float]], notices: float
) -> Iterator[tuple[float, float]]:
    for stopped, went_on in asleep:
        if begin < stopped < end:
            yield begin, stopped
        begin = max(begin, min(went_on + notices, end))
    if begin < end:
        yield begin, end
