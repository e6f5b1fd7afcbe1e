"""Rounds of kills on two nodes: the tasks of a plan are started and killed on both until all are done, then merged."""

from __future__ import annotations

import itertools
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from soaking import hold_log
from soaking.folder import PROGRAM, ROOT, Result, SoakFolder
from soaking.hold_log import Run
from soaking.node import Node
from soaking.rounds import SoakError
from soaking.victim import has_traceback

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TARGETS = ("node", "node", "task", "task", "worker", "worker", "sleep")
NODES = ("node-a", "node-b")
TASKS, SLOTS, WORKERS = 4, 2, 2
BEAT, SILENCE = 0.25, 4.0
_TWICE = 0.25  # share of the tasks that are started on both nodes at once
_LONGEST_SECONDS = 300.0
_INCOMPLETE = 3


@dataclass
class NodeTally:
    """Counts of a soak test on nodes.

    Attributes:
        targets: Target -> number of kills.
        sleeps: Number of times that a node was suspended.
        codes: Exit code of a task that was not killed -> number.
        starts: Number of starts of tasks.
        takeovers: Number of claims that were made after another one of the same task.
        rounds: Number of results that were compared.
    """

    targets: Counter[str] = field(default_factory=Counter)
    sleeps: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    starts: int = 0
    takeovers: int = 0
    rounds: int = 0

    @property
    def kills(self) -> int:
        """Number of kills so far."""
        return self.targets.total()


@dataclass
class Started:
    """Start of a task on a node."""

    id: str
    run: Run
    node: Node
    process: subprocess.Popen[bytes]
    said: Path
    killed: bool = False


class NodeSoak:
    """Soak test on two nodes that share a folder, whose kills are drawn from a seed; a context manager."""

    def __init__(self, folder: SoakFolder, *, kills: int, seed: int, tell: Callable[[str], None]) -> None:
        """Takes the number of kills; `tell` receives a line at the end of each round."""
        self._folder, self._kills, self._tell = folder, kills, tell
        self._dice = random.Random(seed)  # noqa: S311 - repeatable
        self._nodes = [Node(name) for name in NODES]
        self._ids = itertools.count()
        self._running: list[Started] = []
        self._waiting: list[int] = []
        self._asleep: dict[str, tuple[float, float]] = {}
        self._next = 0.0
        self.tally = NodeTally()

    def __enter__(self) -> Self:
        """Returns the soak test."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the nodes."""
        for node in self._nodes:
            node.kill()
        for started in self._running:
            started.process.kill()
            started.process.wait()

    def run(self) -> NodeTally:
        """Runs rounds until the number of kills is reached, and returns the counts.

        Raises:
            SoakError: A result differs, two processes held a task at a time, a shard was saved twice, or a process is
                left.
        """
        output = self._folder.path / "undisturbed" / "out.json"
        output.parent.mkdir()
        self._call(self._folder.command(output))
        expected = Result.of(output)
        while self.tally.kills < self._kills:
            self._round(expected)
        return self.tally

    def _round(self, expected: Result) -> None:
        place = self._folder.path / f"round-{self.tally.rounds}"
        place.mkdir()
        work, log, cache = place / "work", place / "log", place / "cache"
        self._call(self._folder.plan(work, TASKS, cache))
        shutil.rmtree(cache)  # the tasks convert the corpora, once for both nodes
        runs: dict[str, Run] = {}
        self._until_done(work, log, runs)
        for problem in hold_log.wrong(log, runs, notices=4 * BEAT):
            raise SoakError(f"{work}: {problem}")
        for node in self._nodes:
            if left := node.left():
                raise SoakError(f"{node.name}: processes {left} outlive the tasks")
        self._call([*PROGRAM, "merge", str(work), "--output-file", str(place / "out.json"), "--quiet"])
        if Result.of(place / "out.json") != expected:
            raise SoakError(f"{place}: differs from the result of one machine")
        self.tally.rounds += 1
        self.tally.takeovers += len(list(work.glob("*.claim-*"))) - TASKS
        self._tell(f"{self.tally.kills} of {self._kills} kills, {self.tally.rounds} results, all identical")
        shutil.rmtree(place)

    def _until_done(self, work: Path, log: Path, runs: dict[str, Run]) -> None:
        """Starts each task again and again until it has ended well once, and nothing runs any more."""
        self._waiting, done = list(range(TASKS)), set[int]()
        begun = time.monotonic()
        self._next = begun + self._pause()
        while len(done) < TASKS or self._running:
            if time.monotonic() - begun > _LONGEST_SECONDS:
                raise SoakError(f"{work}: the tasks {sorted(set(range(TASKS)) - done)} do not end")
            self._wake()
            for started in [one for one in self._running if one.process.poll() is not None]:
                self._running.remove(started)
                started.run.died = min(started.run.died, time.monotonic())
                task, code = started.run.task, self._ended(started)
                if code == 0:
                    done.add(task)
                else:
                    self._waiting.append(task)
            self._waiting = sorted(set(self._waiting) - done)
            self._start_waiting(work, log, runs)
            if time.monotonic() > self._next and self.tally.kills < self._kills:
                self._strike()
                self._next = time.monotonic() + self._pause()
            time.sleep(0.02)

    def _start_waiting(self, work: Path, log: Path, runs: dict[str, Run]) -> None:
        free = [
            node
            for node in self._nodes
            if node.name not in self._asleep and sum(one.node is node for one in self._running) < SLOTS
        ]
        while self._waiting and free:
            task = self._waiting.pop(self._dice.randrange(len(self._waiting)))
            twice = self._dice.random() < _TWICE
            for node in self._dice.sample(free, len(free) if twice else 1):
                self._start(task, node, work, log, runs)
            free = [node for node in free if sum(one.node is node for one in self._running) < SLOTS]

    def _start(self, task: int, node: Node, work: Path, log: Path, runs: dict[str, Run]) -> None:
        name = f"run-{next(self._ids)}"
        script = str(ROOT / "scripts" / "soaking" / "watched_task.py")
        words = [script, name, str(log), str(BEAT), str(SILENCE), str(work), "--task", str(task)]
        said = self._folder.path / name
        process = node.start([*words, "--tasks", str(TASKS), "--workers", str(WORKERS)], self._folder.path, said)
        runs[name] = Run(task)
        self._running.append(Started(name, runs[name], node, process, said))
        self.tally.starts += 1

    def _ended(self, started: Started) -> int:
        """Returns the exit code of a task; checks it and all that the task has said."""
        code, said = started.process.returncode, started.said.read_text("utf-8", "replace")
        started.said.unlink()
        if has_traceback(said) or not (started.killed or code in {0, _INCOMPLETE}):
            raise SoakError(f"task {started.run.task} ends with {code}: {said}")
        if not started.killed:
            self.tally.codes[code] += 1
        return code

    def _strike(self) -> None:
        """Kills or suspends a target that the dice choose; nothing if there is no such target now."""
        target, node = self._dice.choice(TARGETS), self._dice.choice(self._nodes)
        mine = [one for one in self._running if one.node is node]
        if not mine or node.name in self._asleep:
            return
        chosen = self._dice.choice(mine)
        if target == "sleep":
            now = time.monotonic()
            node.send(signal.SIGSTOP)
            self._asleep[node.name] = (now, now + self._dice.uniform(0.5, 2.0) * SILENCE)
            self._waiting += [one.run.task for one in mine]  # as a scheduler does that hears nothing from a node
            self.tally.sleeps += 1
            return
        if target == "node":
            self._note_death(mine)
            node.kill()
            self._nodes[self._nodes.index(node)] = Node(node.name)
        elif not self._kill_process(chosen, worker=target == "worker"):
            return
        self.tally.targets[target] += 1

    def _kill_process(self, started: Started, *, worker: bool) -> bool:
        """Kills the process of a task or one of its workers; returns whether there was one."""
        members = started.node.members(started.process.pid)
        if len(members) < 1 + worker:
            return False
        if not worker:
            self._note_death([started])
        victim = self._dice.choice(members[1:]) if worker else members[0]
        victim.kill()
        return True

    def _note_death(self, dying: list[Started]) -> None:
        for started in dying:
            started.killed = True
            started.run.died = time.monotonic()

    def _wake(self) -> None:
        """Lets nodes go on whose time of sleep is over."""
        for node in self._nodes:
            if node.name in self._asleep and time.monotonic() > self._asleep[node.name][1]:
                stopped, _ = self._asleep.pop(node.name)
                mine = [started for started in self._running if started.node is node]
                for started in mine:
                    started.run.asleep.append((stopped, time.monotonic()))
                    started.process.send_signal(signal.SIGCONT)  # it stops when the program does
                node.send(signal.SIGCONT)

    def _pause(self) -> float:
        return self._dice.expovariate(1.0)

    def _call(self, command: list[str]) -> None:
        """Runs a command on the machine itself; it must succeed."""
        ended = subprocess.run(command, cwd=self._folder.path, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise SoakError(f"{' '.join(command[3:])}: {ended.stderr}")
