"""The soak test of two nodes in short: a few kills of real tasks; `scripts/soak_nodes.py` makes 50."""

import json
import os
from pathlib import Path

import pytest
import soak_nodes
from soaking.cluster import NodeTally
from soaking.folder import SoakFolder
from soaking.hold_log import Run, wrong
from soaking.node import Node, refusal
from soaking.node_rounds import NodeSoak

SEED = int(os.environ["TEST_SEED"])
KILLS = int(os.environ.get("TEST_KILLS", "4"))
REFUSAL = refusal()

needs_nodes = pytest.mark.skipif(bool(REFUSAL), reason=REFUSAL)


@needs_nodes
def test_tasks_killed_on_two_nodes_have_the_bytes_of_one_machine(tmp_path: Path) -> None:
    folder = SoakFolder.make(tmp_path / "inputs", batches=100, size=4000)
    lines: list[str] = []
    tally = NodeSoak(folder, tmp_path, kills=KILLS, seed=SEED, tell=lines.append).run()
    assert tally.kills == KILLS
    assert tally.rounds == len(lines) >= 1
    assert lines[-1] == f"{KILLS} of {KILLS} kills, {tally.rounds} results, all identical"


@needs_nodes
def test_a_node_has_a_name_and_processes_of_its_own(tmp_path: Path) -> None:
    said = tmp_path / "said"
    node = Node("node-x")
    try:
        script = "import os, socket; print(socket.gethostname(), os.getpid() < 100)"
        assert node.start(["-c", script], tmp_path, said).wait(20.0) == 0
        assert said.read_text() == "node-x True\n"
        sleeping = node.start(["-c", "import time; time.sleep(1000)"], tmp_path, said)
    finally:
        node.kill()
    assert sleeping.wait(20.0) != 0
    assert node.left() == []


def events(log: Path, *lines: tuple[str, str, float, str]) -> None:
    """Writes a log; each line is a run, an event, its time, and the shard or task."""
    with log.open("a") as file:
        for run, event, at, what in lines:
            file.write(json.dumps({"run": run, "event": event, "at": at, "shard": what, "task": what}) + "\n")


@pytest.mark.parametrize(
    ("begin", "problems"),
    [(4.9, ["task 3: a and b both held it for 0.100 s"]), (5.1, [])],
)
def test_two_holders_at_a_time_are_noticed(begin: float, problems: list[str], tmp_path: Path) -> None:
    events(tmp_path / "log", ("a", "holds", 1.0, "3"), ("b", "holds", begin, "3"), ("b", "ends", 9.0, ""))
    runs = {"a": Run(3, died=5.0), "b": Run(3)}
    assert list(wrong(tmp_path / "log", runs, notices=1.0)) == problems


@pytest.mark.parametrize(
    ("ends", "problems"),
    [(13.9, []), (14.5, ["task 3: b and a both held it for 0.500 s"])],
)
def test_a_holder_that_sleeps_does_not_count_until_it_must_have_noticed(
    ends: float, problems: list[str], tmp_path: Path
) -> None:
    events(
        tmp_path / "log",
        ("a", "holds", 1.0, "3"),
        ("b", "holds", 8.0, "3"),
        ("a", "ends", ends, ""),
        ("b", "ends", 18.0, ""),
    )
    runs = {"a": Run(3, asleep=[(4.0, 13.0)]), "b": Run(3)}
    assert list(wrong(tmp_path / "log", runs, notices=1.0)) == problems


def test_a_shard_that_comes_twice_is_noticed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    events(log, ("a", "saved", 1.0, "go.0.0-9"), ("a", "saved", 2.0, "go.0.9-18"), ("b", "saved", 3.0, "go.0.0-9"))
    with log.open("a") as file:
        file.write('{"run": "c", "ev')
    assert list(wrong(log, {"a": Run(0), "b": Run(0)}, notices=1.0)) == ["go.0.0-9: saved by a and by b"]
    woken = {"a": Run(0), "b": Run(0, asleep=[(1.0, 2.5)])}
    assert list(wrong(log, woken, notices=1.0)) == [], "it had no time to notice"
    assert list(wrong(tmp_path / "none", {}, notices=1.0)) == []


def test_the_summary_is_one_line() -> None:
    tally = NodeTally(sleeps=6, starts=9, takeovers=4, rounds=2)
    tally.targets.update({"node": 3, "task": 4})
    tally.codes.update({0: 5, 3: 1})
    assert soak_nodes.summary(tally, 61.7) == (
        "soak: 7 kills (node 3, task 4) and 6 suspensions at 9 starts of tasks "
        "(ended by themselves: 5 with 0, 1 with 3), 4 claims taken over, 2 results in 62 s"
    )
