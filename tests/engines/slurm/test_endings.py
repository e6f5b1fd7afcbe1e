"""Ends of tasks, each told apart with its remedy in one line."""

from pathlib import Path

import pytest

from tokstats_parallel.engines.slurm.arrays import FORGOTTEN, Ended
from tokstats_parallel.engines.slurm.endings import explain
from tokstats_parallel.engines.slurm.script import log_path
from tokstats_parallel.engines.slurm.states import ElementState
from tokstats_parallel.errors import IncompleteError, WorkerError

AGAIN = "the same command runs only what is missing"
STEP = "slurmstepd: error: *** JOB 12 ON n1 CANCELLED AT 2026-11-29T05:18:10 DUE TO"


def ended(state: ElementState, element: int = 3) -> Ended:
    return Ended("12", element, 1000, state)


@pytest.mark.parametrize(
    ("state", "log", "words"),
    [
        ("TIMEOUT", "", "reached the time limit: give a longer --time, or more --tasks"),
        (ElementState("FAILED", 3), "tokstats: ended", "reached the time limit: give a longer --time, or more --tasks"),
        (ElementState("FAILED", 0, 10), "", "reached the time limit: give a longer --time, or more --tasks"),
        ("PREEMPTED", "", "preempted: others took the place"),
        ("NODE_FAIL", "", "lost the node: the node failed, not the task"),
        ("CANCELLED", "", "cancelled: somebody has called scancel"),
        (FORGOTTEN, f"{STEP} TIME LIMIT ***", "reached the time limit: give a longer --time, or more --tasks"),
        (FORGOTTEN, f"{STEP} PREEMPTION ***", "preempted: others took the place"),
        (FORGOTTEN, f"{STEP} NODE FAILURE, SEE", "lost the node: the node failed, not the task"),
        (
            ElementState("FAILED", 3),
            "tokstats: error: task 3: process 7 is at work on it\n",
            "already run by another process (task 3: process 7 is at work on it): wait for that process, or end it",
        ),
    ],
)
def test_ends_from_outside_a_task(tmp_path: Path, state: str | ElementState, log: str, words: str) -> None:
    log_path(tmp_path, "12", 3).write_text(log)
    error = explain(tmp_path, {3: ended(ElementState(state) if isinstance(state, str) else state)})
    assert isinstance(error, IncompleteError)
    assert str(error) == f"1 task (3 of Slurm job 12) {words}; {AGAIN}"


@pytest.mark.parametrize(
    ("state", "log", "words"),
    [
        (ElementState("OUT_OF_MEMORY", 0, 125), "", "ran out of memory: give more --mem, or fewer --workers"),
        (
            ElementState("FAILED", 1),
            "slurmstepd: error: Detected 1 oom_kill event in StepId=12.batch.\n",
            "ran out of memory: give more --mem, or fewer --workers",
        ),
        (
            ElementState("FAILED", 0, 9),
            "",
            "killed (signal 9): often for lack of memory: then give more --mem, or fewer --workers",
        ),
        (
            ElementState("FAILED", 0, 53),
            "",
            "could not be started: is the work folder on a disk that all nodes see under this path?",
        ),
        (
            ElementState("FAILED", 1),
            "tokstats: error: first\nmore\ntokstats: error: go.parquet: has other rows\n",
            "failed (go.parquet: has other rows): see to that",
        ),
        (ElementState("FAILED", 127), "bash: no such file\n", "failed (exit code 127): see to that"),
        (FORGOTTEN, "tokstats: error: no disk\n", "failed (no disk): see to that"),
        (ElementState("COMPLETED"), "", "ended without all shards: the log may say why"),
    ],
)
def test_ends_that_would_come_again(tmp_path: Path, state: ElementState, log: str, words: str) -> None:
    path = log_path(tmp_path, "12", 3)
    path.write_text(log)
    error = explain(tmp_path, {3: ended(state)})
    assert isinstance(error, WorkerError)
    assert str(error) == f"1 task (3 of Slurm job 12) {words}, its log is {path}; {AGAIN}"


def test_an_end_that_slurm_has_forgotten(tmp_path: Path) -> None:
    error = explain(tmp_path, {3: ended(FORGOTTEN)})
    assert isinstance(error, IncompleteError)
    assert str(error) == (
        "1 task (3 of Slurm job 12) ended, and Slurm does not tell how: the log may say why, its log is "
        f"{log_path(tmp_path, '12', 3)}; {AGAIN}"
    )


def test_tasks_with_the_same_end_are_named_together(tmp_path: Path) -> None:
    ends = {task: ended(ElementState("TIMEOUT"), task) for task in (0, 3, 4, 5)}
    error = explain(tmp_path, ends | {7: ended(ElementState("CANCELLED"), 7)})
    assert str(error) == (
        "4 tasks (0,3-5 of Slurm job 12) reached the time limit: give a longer --time, or more --tasks; "
        f"1 task (7 of Slurm job 12) cancelled: somebody has called scancel; {AGAIN}"
    )


def test_many_different_ends_stay_one_line_of_some_length(tmp_path: Path) -> None:
    for task in range(100):
        log_path(tmp_path, "12", task).write_text(f"tokstats: error: failure {task}\n")
    error = str(explain(tmp_path, {task: ended(ElementState("FAILED", 1), task) for task in range(100)}))
    assert "failure 3" in error
    assert "failure 4" not in error
    assert "96 more kinds of ends" in error
