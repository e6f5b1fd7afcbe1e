#!/usr/bin/env python3
"""Kills runs at random moments, and compares each result with the result of an undisturbed run.

A command over a small corpus is killed by `kill -9`, again and again, until it ends: one worker, the coordinator, or
all processes. The result must have the bytes of an undisturbed run, with no other file beside it. After every death,
the output's files must be either the old or the new ones, whole, and no process may be left.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from soaking.folder import SoakFolder
from soaking.rounds import Soak, SoakError, Tally

BATCHES, SIZE = 120, 8_000


def main(argv: list[str] | None = None) -> int:
    """Kills runs as the options say, and returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="number of kills (default: 200)")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbits(32), help="seed of moments and targets (default: random)"
    )
    parser.add_argument("--batches", type=int, default=BATCHES, help=f"batches of each run (default: {BATCHES})")
    options = parser.parse_args(argv)
    begun = time.monotonic()
    print(f"soak: seed {options.seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="tokstats-soak-") as name:
        folder = SoakFolder.make(Path(name) / "inputs", batches=options.batches, size=SIZE)
        soak = Soak(folder, kills=options.kills, seed=options.seed, tell=lambda line: print(line, file=sys.stderr))
        try:
            soak.run()
        except SoakError as error:
            print(f"soak: {error}")
            print(summary(soak.tally, time.monotonic() - begun))
            print(f"repeat with --seed {options.seed} --kills {options.kills} --batches {options.batches}")
            return 1
    print(f"{summary(soak.tally, time.monotonic() - begun)}; all results identical; seed {options.seed}")
    return 0


def summary(tally: Tally, seconds: float) -> str:
    """Returns one line with the numbers of kills, commands and results."""
    targets = ", ".join(f"{target} {count}" for target, count in sorted(tally.targets.items()))
    phases = ", ".join(f"{phase} {count}" for phase, count in sorted(tally.phases.items()))
    return (
        f"soak: {tally.kills} kills ({targets}; {phases}) at {tally.commands} commands, "
        f"{tally.rounds} results in {seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
