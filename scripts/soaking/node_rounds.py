"""Rounds of kills on two nodes: the tasks of a plan are started and killed on both until all are done, then merged."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

from soaking import hold_log
from soaking.cluster import BEAT, Cluster, NodeTally, Started
from soaking.folder import PROGRAM, Result, SoakFolder
from soaking.hold_log import Run
from soaking.rounds import SoakError
from soaking.victim import has_traceback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


TASKS = 4
_TWICE = 0.25  # share of the tasks that are started on both nodes at once
_PAUSE = 2.0  # mean time between two kills, in seconds
_LONGEST_SECONDS = 900.0
_INCOMPLETE = 3


class NodeSoak:
    """Soak test on two nodes that share a folder, whose kills are drawn from a seed."""

    def __init__(self, folder: SoakFolder, notes: Path, *, kills: int, seed: int, tell: Callable[[str], None]) -> None:
        """Takes the parameters.

        Args:
            folder: Folder that the nodes share.
            notes: Existing folder for logs, which both nodes see as this process does.
            kills: Number of kills.
            seed: Seed of moments and targets.
            tell: Receives a line at the end of each round.
        """
        self._folder, self._notes, self._kills, self._tell = folder, notes, kills, tell
        self._dice = random.Random(seed)  # noqa: S311 - repeatable
        self.tally = NodeTally()

    def run(self, mounts: Sequence[Path] = ()) -> NodeTally:
        """Runs rounds until the number of kills is reached, and returns the counts.

        Args:
            mounts: Two mount points of the same folder, in the first of which the soak folder lies; empty for none.

        Raises:
            SoakError: A result differs, two processes held a task at a time, a shard was saved twice, or a process is
                left.
        """
        output = self._folder.path / "undisturbed" / "out.json"
        output.parent.mkdir()
        self._call(self._folder.command(output))
        expected = Result.of(output)
        with Cluster(self._dice, self.tally, mounts) as cluster:
            while self.tally.kills < self._kills:
                self._round(cluster, expected)
        return self.tally

    def _round(self, cluster: Cluster, expected: Result) -> None:
        place = self._folder.path / f"round-{self.tally.rounds}"
        place.mkdir()
        work, log, cache = place / "work", self._notes / f"log-{self.tally.rounds}", place / "cache"
        self._call(self._folder.plan(work, TASKS, cache))
        shutil.rmtree(cache)  # the tasks convert the corpora, once for both nodes
        runs = self._until_done(cluster, work, log)
        for problem in hold_log.wrong(log, runs, notices=4 * BEAT):
            raise SoakError(f"{work}: {problem}")
        for node in cluster.nodes:
            if left := node.left():
                raise SoakError(f"{node.name}: processes {left} outlive the tasks")
        self._call([*PROGRAM, "merge", str(work), "--output-file", str(place / "out.json"), "--quiet"])
        if Result.of(place / "out.json") != expected:
            raise SoakError(f"{place}: differs from the result of one machine")
        self.tally.rounds += 1
        self.tally.takeovers += len(list(work.glob("*.claim-*"))) - TASKS
        self._tell(f"{self.tally.kills} of {self._kills} kills, {self.tally.rounds} results, all identical")
        shutil.rmtree(place)

    def _until_done(self, cluster: Cluster, work: Path, log: Path) -> dict[str, Run]:
        """Starts each task again and again until it has ended well once, and nothing runs any more."""
        waiting, done, runs = set(range(TASKS)), set[int](), dict[str, Run]()
        begun = time.monotonic()
        strike = begun + self._pause()
        while len(done) < TASKS or cluster.running:
            if time.monotonic() - begun > _LONGEST_SECONDS:
                raise SoakError(f"{work}: the tasks {sorted(set(range(TASKS)) - done)} do not end")
            cluster.wake()
            for started in cluster.ended():
                (done if self._code(started) == 0 else waiting).add(started.run.task)
            waiting -= done
            while waiting and (free := cluster.free()):
                task = self._dice.choice(sorted(waiting))
                waiting.remove(task)
                words = [str(work), "--task", str(task), "--tasks", str(TASKS)]
                twice = self._dice.random() < _TWICE
                for node in self._dice.sample(free, len(free) if twice else 1):
                    name, run = cluster.start(task, node, words, self._notes, log)
                    runs[name] = run
            if time.monotonic() > strike and self.tally.kills < self._kills:
                waiting |= set(cluster.strike()) - done
                strike = time.monotonic() + self._pause()
            time.sleep(0.02)
        return runs

    def _code(self, started: Started) -> int:
        """Returns the exit code of a task that has ended; checks it and all that the task has said."""
        code, said = started.process.returncode, started.said.read_text("utf-8", "replace")
        started.said.unlink()
        if has_traceback(said) or not (started.killed or code in {0, _INCOMPLETE}):
            raise SoakError(f"task {started.run.task} ends with {code}: {said}")
        if not started.killed:
            self.tally.codes[code] += 1
        return code

    def _pause(self) -> float:
        return self._dice.expovariate(1 / _PAUSE)

    def _call(self, command: list[str]) -> None:
        """Runs a command on the machine itself; it must succeed."""
        ended = subprocess.run(command, cwd=self._folder.path, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise SoakError(f"{' '.join(command[2:])}: {ended.stderr}")
