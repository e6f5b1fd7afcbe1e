"""Rounds of kills: a command is killed and started again until it ends; the next round begins in a new folder."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from soaking.folder import NAMES, Result, SoakFolder, strays, whole
from soaking.victim import Victim, has_traceback

if TYPE_CHECKING:
    from collections.abc import Callable

# Workers are in it twice, because a kill of a worker is left out while there is none.
TARGETS = ("worker", "worker", "coordinator", "all")
_LONGEST_SECONDS = 300.0


class SoakError(Exception):
    """A promise of the program does not hold."""


@dataclass
class Tally:
    """Counts of a soak test.

    Attributes:
        targets: Target -> number of kills.
        phases: Phase of the run -> number of kills.
        rounds: Number of results that were compared.
        commands: Number of commands that were started, without the undisturbed one.
    """

    targets: Counter[str] = field(default_factory=Counter)
    phases: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    commands: int = 0

    @property
    def kills(self) -> int:
        """Number of kills so far."""
        return self.targets.total()


@dataclass(frozen=True)
class Attempt:
    """Random parameters of a kill, which do not depend on the run.

    Attributes:
        moment: Time until the kill, as a share of the time of an undisturbed run.
        target: Target of the kill.
        which: Position of the worker among all workers, from 0 to 1.
    """

    moment: float
    target: str
    which: float

    @classmethod
    def drawn(cls, dice: random.Random) -> Self:
        """Draws the parameters of one kill."""
        return cls(dice.random(), dice.choice(TARGETS), dice.random())


class Soak:
    """Soak test, whose kills are drawn from a seed."""

    def __init__(self, folder: SoakFolder, *, kills: int, seed: int, tell: Callable[[str], None]) -> None:
        """Takes the number of kills; `tell` receives a line at the end of each round."""
        self._folder, self._kills, self._tell = folder, kills, tell
        self._dice = random.Random(seed)  # noqa: S311 - repeatable
        self._expected = Result(None, None)
        self._older = Path()
        self._seconds = 0.0
        self.tally = Tally()

    def run(self) -> Tally:
        """Runs rounds until the number of kills is reached, and returns the counts.

        Raises:
            SoakError: A result differs, a file is not whole, or a file or a process is left.
        """
        begun = time.monotonic()
        self._expected = Result.of(self._undisturbed("undisturbed"))
        self._seconds = time.monotonic() - begun
        self._older = self._undisturbed("older", "--seed", "1")
        while self.tally.kills < self._kills:
            self._round()
        return self.tally

    def _undisturbed(self, name: str, *options: str) -> Path:
        """Runs the command without kills; returns the path of its JSON."""
        output = self._output(name)
        with Victim(self._folder.command(output, *options), self._folder.path) as command:
            self._must(command.wait(_LONGEST_SECONDS) == 0, f"the undisturbed run fails: {command.said()}")
        return output

    def _round(self) -> None:
        output = self._output(f"round-{self.tally.rounds}")
        if self.tally.rounds % 2:  # every other round replaces files
            for name in NAMES:
                shutil.copyfile(self._older.with_name(name), output.with_name(name))
        before = Result.of(output)
        while not self._ends(output, before):
            pass
        self._must(Result.of(output) == self._expected, f"{output}: differs from the result of the undisturbed run")
        self._must(not strays(output), f"{output.parent}: {', '.join(strays(output))} is left over")
        self.tally.rounds += 1
        self._tell(f"{self.tally.kills} of {self._kills} kills, {self.tally.rounds} results, all identical")
        shutil.rmtree(output.parent)

    def _ends(self, output: Path, before: Result) -> bool:
        """Starts the command and kills its processes until it ends; returns whether it succeeded."""
        self.tally.commands += 1
        kills, begun = self.tally.kills, time.monotonic()
        with Victim(self._folder.command(output), self._folder.path) as command:
            while True:
                attempt = Attempt.drawn(self._dice)
                if (code := command.wait(attempt.moment * self._seconds)) is not None:
                    break
                self._must(time.monotonic() - begun < _LONGEST_SECONDS, f"the command hangs: {command.said()}")
                if self.tally.kills < self._kills:
                    self._kill(command, attempt, output)
            self._must(not command.left(), "processes outlive the command")
            said = command.said()
        self._must(code == 0 or self.tally.kills > kills, f"the command fails by itself: {said}")
        self._must(not has_traceback(said), f"the command ends with a traceback: {said}")
        self._must(whole(output, [before, self._expected]), f"{output}: neither the old files nor the new ones")
        return code == 0

    def _kill(self, command: Victim, attempt: Attempt, output: Path) -> None:
        members = sorted(command.members())
        workers = [pid for pid in members if pid != command.pid]
        if attempt.target == "worker" and not workers:
            return
        self.tally.phases[_phase(output)] += 1
        self.tally.targets[attempt.target] += 1
        if attempt.target == "worker":
            members = [workers[int(attempt.which * len(workers))]]
        elif attempt.target == "coordinator":
            members = [command.pid]
        command.kill(members)

    def _output(self, name: str) -> Path:
        folder = self._folder.path / name
        folder.mkdir()
        return folder / "out.json"

    @staticmethod
    def _must(holds: bool, message: str) -> None:
        if not holds:
            raise SoakError(message)


def _phase(output: Path) -> str:
    """Returns the phase of a run, by the files that it has made."""
    if list(output.parent.glob(".out.*.tmp")):
        return "writing the result"
    try:
        saved = any(output.parent.glob("*.work/*.partial"))
    except FileNotFoundError:  # a run that succeeds has just removed the folder
        saved = False
    return "shards saved" if saved else "starting"
