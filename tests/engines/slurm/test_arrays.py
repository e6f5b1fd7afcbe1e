"""Arrays in the hands of a Slurm that says what a test wants."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tokstats_parallel.engines.slurm import record
from tokstats_parallel.engines.slurm.arrays import FORGOTTEN, Arrays, Ended
from tokstats_parallel.engines.slurm.commands import SlurmCommands, SlurmError
from tokstats_parallel.engines.slurm.options import SlurmOptions
from tokstats_parallel.engines.slurm.record import RecordedArray
from tokstats_parallel.engines.slurm.states import ElementState
from tokstats_parallel.errors import OutputError

PENDING = ElementState("PENDING", reason="Priority")
RUNNING = ElementState("RUNNING")


class Told(SlurmCommands):
    """Commands of a Slurm that tells what a test has set."""

    def __init__(self) -> None:
        self.now: dict[int, ElementState] = {}
        self.accounts: dict[int, ElementState] = {}
        self.names: dict[str, str] = {}
        self.cancelled: list[str] = []
        self.error: SlurmError | None = None
        self.answers: int | None = None

    def submit(self, options: Sequence[str], script: str) -> str:
        assert script.startswith("#!/bin/bash\n")
        assert all(f"#SBATCH {option}\n" in script for option in options)
        self._fail()
        return "17"

    def states(self, job: str) -> dict[int, ElementState]:
        assert job == "17"
        self._fail()
        if self.answers is not None:
            self.answers -= 1
            if self.answers < 0:
                raise SlurmError("silent")
        return dict(self.now)

    def ended_states(self, job: str) -> dict[int, ElementState]:
        assert job == "17"
        return dict(self.accounts)

    def find(self, name: str) -> str | None:
        return self.names.get(name)

    def cancel(self, jobs: Sequence[str]) -> None:
        self.cancelled += jobs

    def max_array_size(self) -> int:
        return 3

    def _fail(self) -> None:
        if self.error:
            raise self.error


@pytest.fixture
def slurm() -> Told:
    return Told()


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def arrays(tmp_path: Path, slurm: Told, notes: list[str]) -> Arrays:
    """Seven tasks, in an array that has three elements."""
    arrays = Arrays(tmp_path, slurm, notes.append)
    arrays.submit(range(7), 7, SlurmOptions())
    slurm.now = dict.fromkeys(range(3), PENDING)
    return arrays


def test_an_element_runs_its_tasks_until_it_ends(arrays: Arrays, slurm: Told) -> None:
    assert arrays.refresh() == []
    assert arrays.tasks(7) == set(range(7))
    slurm.now = {0: RUNNING, 1: ElementState("COMPLETED"), 2: ElementState("COMPLETING")}
    ended = arrays.refresh()
    assert ended == [Ended("17", 1, 3, ElementState("COMPLETED"))]
    assert list(ended[0].tasks(7)) == [1, 4]
    assert arrays.tasks(7) == {0, 3, 6, 2, 5}
    assert arrays.tasks(7, ending=False) == {0, 3, 6}
    assert arrays.jobs == ["17"]
    slurm.now = {}
    assert {one.state for one in arrays.refresh()} == {FORGOTTEN}
    assert (arrays.jobs, arrays.tasks(7)) == ([], set())


def test_what_squeue_has_forgotten_is_asked_of_the_accounts(arrays: Arrays, slurm: Told) -> None:
    slurm.now = {0: RUNNING}
    slurm.accounts = {0: ElementState("PENDING"), 1: ElementState("OUT_OF_MEMORY"), 2: ElementState("TIMEOUT")}
    assert [(one.element, one.state.state) for one in arrays.refresh()] == [(1, "OUT_OF_MEMORY"), (2, "TIMEOUT")]


def test_accounts_that_say_for_ever_that_an_element_runs_are_not_believed(arrays: Arrays, slurm: Told) -> None:
    slurm.now = {}
    slurm.accounts = {0: RUNNING, 1: PENDING, 2: ElementState("TIMEOUT")}
    assert [one.state.state for one in arrays.refresh()] == ["FORGOTTEN", "FORGOTTEN", "TIMEOUT"]


def test_ends_are_told_once_whatever_fails_between(arrays: Arrays, slurm: Told) -> None:
    arrays.submit([], 7, SlurmOptions())  # a second array, about which Slurm is asked, too
    slurm.now = {0: RUNNING, 1: ElementState("TIMEOUT"), 2: RUNNING}
    slurm.answers = 1
    with pytest.raises(SlurmError):
        arrays.refresh()
    slurm.answers = None
    assert [one.element for one in arrays.refresh()] == [1]
    assert arrays.refresh() == []


def test_why_an_array_waits_is_said_when_it_changes(arrays: Arrays, slurm: Told, notes: list[str]) -> None:
    for state in (PENDING, PENDING, ElementState("PENDING", reason="Resources"), RUNNING, PENDING):
        slurm.now = dict.fromkeys(range(3), state)
        arrays.refresh()
    assert notes == [
        "Slurm job 17: submitted tasks 0-6 of 7",
        "Slurm job 17 waits in the queue (Priority)",
        "Slurm job 17 waits in the queue (Resources)",
        "Slurm job 17 waits in the queue (Priority)",
    ]


def test_a_restart_is_said_once(arrays: Arrays, slurm: Told, notes: list[str]) -> None:
    for restarts in (2, 2, 3, 3):  # the first two were before this run
        slurm.now = dict.fromkeys(range(3), RUNNING) | {1: ElementState("RUNNING", restarts=restarts)}
        arrays.refresh()
    told = "Slurm job 17_1 was stopped and is queued again (it was preempted, or its node failed); it goes on from its"
    assert [note for note in notes if "stopped" in note] == [f"{told} finished shards"]


def test_slurm_may_be_silent_for_a_time(arrays: Arrays, slurm: Told, notes: list[str]) -> None:
    slurm.error = SlurmError("squeue: Unable to contact slurm controller")
    assert arrays.refresh_patiently(60.0) == []
    assert arrays.refresh_patiently(60.0) == []
    assert notes[1:] == ["squeue: Unable to contact slurm controller; asking again, the tasks go on meanwhile"]
    with pytest.raises(SlurmError):
        arrays.refresh_patiently(0.0)
    slurm.error = None
    arrays.refresh_patiently(0.0)
    slurm.error = SlurmError("again")
    assert arrays.refresh_patiently(60.0) == []


def test_another_process_finds_the_array(arrays: Arrays, slurm: Told, tmp_path: Path) -> None:
    slurm.now = {0: RUNNING, 1: ElementState("FAILED", 1), 2: PENDING}
    other = Arrays(tmp_path, slurm, lambda _line: None)
    other.find()
    assert other.tasks(7) == {0, 3, 6, 2, 5}
    other.cancel()
    assert slurm.cancelled == ["17"] == arrays.jobs


def test_an_array_without_an_id_is_found_by_its_name_or_was_never_submitted(tmp_path: Path, slurm: Told) -> None:
    record.write(tmp_path, [RecordedArray(name="tokstats-lost", width=3, elements=(0, 2))])
    arrays = Arrays(tmp_path, slurm, lambda _line: None)
    arrays.find()
    assert arrays.jobs == []
    slurm.names = {"tokstats-lost": "17"}
    slurm.now = {0: RUNNING, 2: RUNNING}
    arrays.find()
    assert (arrays.jobs, arrays.tasks(3)) == (["17"], {0, 2})


def test_what_is_refused_is_not_taken_for_submitted(tmp_path: Path, slurm: Told) -> None:
    slurm.error = SlurmError("sbatch: Invalid partition name specified")
    arrays = Arrays(tmp_path, slurm, lambda _line: None)
    with pytest.raises(SlurmError, match="Invalid partition"):
        arrays.submit(range(3), 3, SlurmOptions())
    assert arrays.jobs == []
    slurm.error = None
    arrays.find()
    assert arrays.jobs == []


def test_a_record_that_cannot_be_written_stops_the_submission(tmp_path: Path, slurm: Told) -> None:
    slurm.error = SlurmError("was called")
    with pytest.raises(OutputError, match=r"slurm\.json: cannot be written \(No such file or directory\)"):
        Arrays(tmp_path / "gone", slurm, lambda _line: None).submit(range(3), 3, SlurmOptions())
