"""Cluster: two nodes, the tasks that were started on them, and what kills tasks and nodes."""

from __future__ import annotations

import itertools
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from soaking.folder import ROOT
from soaking.hold_log import Run
from soaking.node import Node

if TYPE_CHECKING:
    import random
    import subprocess
    from collections.abc import Sequence
    from pathlib import Path

TARGETS = ("node", "node", "task", "task", "worker", "worker", "sleep")
BEAT, SILENCE = 0.25, 4.0
_NODES = ("node-a", "node-b")
_SLOTS, _WORKERS = 2, 2
_SCRIPT = ROOT / "scripts" / "soaking" / "watched_task.py"


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

    run: Run
    node: Node
    process: subprocess.Popen[bytes]
    said: Path
    killed: bool = False


class Cluster:
    """Two nodes that share a folder; a context manager, which ends them.

    Attributes:
        nodes: Both nodes.
        running: Tasks that have been started and whose ends nobody has seen.
    """

    def __init__(self, dice: random.Random, tally: NodeTally, mounts: Sequence[Path]) -> None:
        """Starts the nodes.

        Args:
            dice: Chooses targets.
            tally: Counts of the test.
            mounts: Two mount points of the same folder, one for each node, which both see at the first; or empty.
        """
        self._dice, self._tally = dice, tally
        places = [(mount, mounts[0]) for mount in mounts] if mounts else [None] * len(_NODES)
        self.nodes = [Node(name, place) for name, place in zip(_NODES, places, strict=True)]
        self.running: list[Started] = []
        self._ids = itertools.count()
        self._asleep: dict[str, tuple[float, float]] = {}

    def __enter__(self) -> Self:
        """Returns the cluster."""
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the nodes."""
        for node in self.nodes:
            node.kill()
        for started in self.running:
            started.process.kill()
            started.process.wait()

    def free(self) -> list[Node]:
        """Returns the nodes that can take one more task."""
        return [node for node in self.nodes if node.name not in self._asleep and len(self._on(node)) < _SLOTS]

    def start(self, task: int, node: Node, words: list[str], notes: Path, log: Path) -> tuple[str, Run]:
        """Starts a task on a node; returns the id of the run, and the facts known of it.

        Args:
            task: Number of the task.
            node: The node.
            words: Words of `tokstats work`.
            notes: Folder for all that the task prints.
            log: Log of the holders.
        """
        name = f"run-{next(self._ids)}"
        line = [str(_SCRIPT), name, str(log), str(BEAT), str(SILENCE), *words, "--workers", str(_WORKERS)]
        process = node.start(line, log.parent, notes / name)
        self.running.append(Started(Run(task), node, process, notes / name))
        self._tally.starts += 1
        return name, self.running[-1].run

    def ended(self) -> list[Started]:
        """Returns the tasks that have ended since the last call."""
        ended = [one for one in self.running if one.process.poll() is not None]
        for one in ended:
            self.running.remove(one)
            one.run.died = min(one.run.died, time.monotonic())
        return ended

    def strike(self) -> list[int]:
        """Kills or suspends a target that the dice choose; nothing if there is no such target now.

        Returns:
            The tasks that a scheduler starts elsewhere, because it hears nothing from their node.
        """
        target, node = self._dice.choice(TARGETS), self._dice.choice(self.nodes)
        mine = self._on(node)
        if not mine or node.name in self._asleep:
            return []
        chosen = self._dice.choice(mine)
        if target == "sleep":
            now = time.monotonic()
            node.send(signal.SIGSTOP)
            self._asleep[node.name] = (now, now + self._dice.uniform(0.5, 2.0) * SILENCE)
            self._tally.sleeps += 1
            return [one.run.task for one in mine]
        if target == "node":
            _note_death(mine)
            node.kill()
            self.nodes[self.nodes.index(node)] = node.again()
        elif not self._kill_process(chosen, worker=target == "worker"):
            return []
        self._tally.targets[target] += 1
        return []

    def wake(self) -> None:
        """Lets nodes go on whose time of sleep is over."""
        for node in self.nodes:
            if node.name in self._asleep and time.monotonic() > self._asleep[node.name][1]:
                stopped, _ = self._asleep.pop(node.name)
                for started in self._on(node):
                    started.run.asleep.append((stopped, time.monotonic()))
                    started.process.send_signal(signal.SIGCONT)  # it stops when the program does
                node.send(signal.SIGCONT)

    def _on(self, node: Node) -> list[Started]:
        return [one for one in self.running if one.node is node]

    def _kill_process(self, started: Started, *, worker: bool) -> bool:
        """Kills the process of a task or one of its workers; returns whether there was one."""
        members = started.node.members(started.process.pid)
        if len(members) < 1 + worker:
            return False
        if not worker:
            _note_death([started])
        victim = self._dice.choice(members[1:]) if worker else members[0]
        victim.kill()
        return True


def _note_death(dying: list[Started]) -> None:
    for started in dying:
        started.killed = True
        started.run.died = time.monotonic()
