"""Claims of tasks: one process runs a task, tells its progress, and cleans up after a dead one."""

import re
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from support.takeover import take_over

from tokstats_parallel.errors import OutputError, TokstatsError
from tokstats_parallel.system import atomic
from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.claims.taking import ClaimedError, Limits
from tokstats_parallel.system.process_identity import this_process
from tokstats_parallel.tasks.claims import CLAIM_PATTERN, claim_name, claimed, task_of

SHORT = Limits(beat=0.05, silence=1.0)
RARE = Limits(beat=600.0, silence=6000.0)
ME = this_process()


def not_lost(error: TokstatsError) -> None:
    pytest.fail(str(error))


def last(folder: Path, task: int, generation: int = 1) -> Claim:
    claim = claim_file.parsed(claim_file.path_of(folder, claim_name(task), generation).read_bytes())
    assert claim
    return claim


def test_a_task_tells_its_progress_and_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "17")
    with claimed(tmp_path, 3, workers=2, on_lost=not_lost, limits=RARE) as holder:
        begun = {"workers": 2, "scheduler": "SLURM_JOB_ID=17", "done": False, "shards": 0, "draws": 0, "seconds": 0.0}
        assert last(tmp_path, 3).facts == begun
        assert re.fullmatch(r"[A-Za-z0-9_-]+", holder.writer)
        holder.progress(4, 512, 1.23456)
        holder.finished()
    assert last(tmp_path, 3).facts == begun | {"done": True, "shards": 4, "draws": 512, "seconds": 1.235}
    assert last(tmp_path, 3).ended
    (file,) = tmp_path.iterdir()
    assert re.fullmatch(CLAIM_PATTERN, file.name)


def test_several_tasks_are_held_at_once(tmp_path: Path) -> None:
    with (
        claimed(tmp_path, 1, workers=1, on_lost=not_lost, limits=RARE) as one,
        claimed(tmp_path, 11, workers=1, on_lost=not_lost, limits=RARE) as other,
    ):
        assert one.writer != other.writer
        assert one.lost is other.lost is None


def test_a_second_call_of_the_same_process_is_refused(tmp_path: Path) -> None:
    waited: list[Claim | None] = []
    with (
        claimed(tmp_path, 0, workers=1, on_lost=not_lost, limits=SHORT),
        pytest.raises(ClaimedError, match=f"{tmp_path}: task 0: process {ME.pid} on {ME.host} is at work on it; wait"),
        claimed(tmp_path, 0, workers=1, on_lost=not_lost, limits=SHORT, on_wait=waited.append),
    ):
        pytest.fail("the task is held twice")
    assert [claim.process for claim in waited if claim] == [ME]


def test_a_loss_reaches_the_caller(tmp_path: Path) -> None:
    lost = threading.Event()

    def work() -> None:
        with claimed(tmp_path, 0, workers=1, on_lost=lambda _error: lost.set(), limits=SHORT) as holder:
            take_over(tmp_path, claim_name(0))
            assert lost.wait(20.0)
            assert holder.lost
            raise KeyboardInterrupt

    with pytest.raises(TokstatsError, match="another one has taken over"):
        work()


def test_a_claim_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    expected = (
        rf"^{tmp_path}/none: task 0: cannot be claimed \(No such file or directory\); see to the disk and run the same "
        "command again$"
    )
    with (
        pytest.raises(OutputError, match=expected),
        claimed(tmp_path / "none", 0, workers=1, on_lost=not_lost, limits=RARE),
    ):
        pytest.fail("it is held")


@pytest.mark.parametrize(("silent", "left"), [(False, {"live-2"}), (True, {"dead-1", "live-2"})])
def test_the_temporary_files_of_a_holder_are_removed_if_it_is_known_to_be_dead(
    silent: bool, left: set[str], tmp_path: Path
) -> None:
    where = replace(ME, host="elsewhere") if silent else replace(ME, started=1)
    claim_file.make(claim_file.path_of(tmp_path, claim_name(0), 1), Claim(writer="dead-1", process=where))
    for writer in ("dead-1", "live-2"):
        atomic.temporary_path(tmp_path / "go.0.0-128.partial", writer).touch()
    with claimed(tmp_path, 0, workers=1, on_lost=not_lost, limits=SHORT):
        assert {path.name.split(".")[-3] for path in tmp_path.glob(".*.tmp")} == left


@pytest.mark.parametrize(
    ("name", "task"), [("task-0", 0), ("task-17", 17), ("task-", None), ("task-x", None), ("17", None)]
)
def test_the_name_of_a_claim_tells_its_task(name: str, task: int | None) -> None:
    assert task_of(name) == task
