"""Script of a process that claims in a folder; tests start several of it.

`claimants.py hold FOLDER NAME BEAT SILENCE` prints `waits`, if it must, then `holds GENERATION`, `refused PID` or
`lost`; it gives the claim back when its stdin closes. `claimants.py race FOLDER ROUNDS START` takes the names `race-0`,
`race-1`, ... at the same moments as other processes, and prints the rounds that it has won.
"""

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from support.paths import ROOT, TESTS

from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.claims.holder import ClaimLostError, held
from tokstats_parallel.system.claims.taking import ClaimedError, Limits, Taking
from tokstats_parallel.system.process_identity import new_writer_name, this_process

ROUND_SECONDS = 0.03
LONG = Limits(beat=600.0, silence=6000.0)


class Claimant:
    """Process that claims a name, as a context manager."""

    def __init__(self, folder: Path, name: str, limits: Limits, prefix: tuple[str, ...] = ()) -> None:
        arguments = ["hold", str(folder), name, str(limits.beat), str(limits.silence)]
        self.process = subprocess.Popen(
            [*prefix, sys.executable, __file__, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{TESTS}"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self.process:
            self.process.kill()

    def says(self) -> str:
        """Returns the next line; fails after 20 s."""
        assert self.process.stdout
        assert select.select([self.process.stdout], [], [], 20.0)[0], "it says nothing"
        return self.process.stdout.readline().strip()

    def gives_back(self) -> int:
        """Lets it give the claim back, and returns its exit code."""
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(20.0)


class Waits(Exception):  # noqa: N818 - no error
    """Another process holds the claim."""


def _wait(_claim: object) -> None:
    raise Waits


def try_to_take(folder: Path, name: str) -> int | None:
    """Takes a claim; returns its generation, or None if another process holds it."""
    claim = Claim(writer=new_writer_name(), process=this_process())
    with contextlib.suppress(Waits):
        return Taking(folder=folder, name=name, what=name, limits=LONG, on_wait=_wait).take(claim).generation
    return None


def _race(folder: Path, rounds: int, start: float) -> None:
    won = []
    for number in range(rounds):
        while time.monotonic() < start + number * ROUND_SECONDS:
            pass
        if try_to_take(folder, f"race-{number}"):
            won.append(number)
    print(*won)  # noqa: T201
    sys.stdout.flush()
    sys.stdin.read()  # a holder that has ended is dead


@contextlib.contextmanager
def _told_when_waiting() -> Iterator[None]:
    try:
        yield
    except ClaimedError as error:
        print("refused", error.holder and error.holder.pid, flush=True)  # noqa: T201
    except ClaimLostError:
        print("lost", flush=True)  # noqa: T201
    except TokstatsError as error:
        print(error, flush=True)  # noqa: T201


def _hold(folder: Path, name: str, limits: Limits) -> None:
    taking = Taking(
        folder=folder,
        name=name,
        what=name,
        limits=limits,
        on_wait=lambda _claim: print("waits", flush=True),  # noqa: T201
    )
    with _told_when_waiting(), held(taking, on_lost=lambda _error: None) as holder:
        print("holds", holder.taken.generation, flush=True)  # noqa: T201
        while not holder.lost and not select.select([sys.stdin], [], [], 0.01)[0]:
            pass


if __name__ == "__main__":
    deed, place, *rest = sys.argv[1:]
    if deed == "race":
        _race(Path(place), int(rest[0]), float(rest[1]))
    else:
        _hold(Path(place), rest[0], Limits(*map(float, rest[1:])))
