#!/usr/bin/env python3
"""Kill runs at random moments, and hold each result against that of an undisturbed run.

A command over a small corpus is killed by `kill -9`, again and again, until it ends: one of its processes, the
coordinator, or all at once. The result's bytes must be those of an undisturbed run, with nothing left over; after every
death the output's files must be the old ones or the new ones, whole, and no process may be left.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path

from soaking.place import Place
from soaking.rounds import Soak, SoakError, Tally

BATCHES, SIZE = 120, 8_000


def main(argv: list[str] | None = None) -> int:
    """Soak; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="how many (default: 200)")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="of moments and targets; a new one")
    parser.add_argument("--batches", type=int, default=BATCHES, help=f"of each run (default: {BATCHES})")
    options = parser.parse_args(argv)
    begun = time.monotonic()
    print(f"soak: seed {options.seed}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="tokstats-soak-") as name:
        place = Place.make(Path(name) / "place", batches=options.batches, size=SIZE)
        soak = Soak(place, kills=options.kills, seed=options.seed, tell=lambda line: print(line, file=sys.stderr))
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
    """What was done, in one line."""
    targets = ", ".join(f"{target} {count}" for target, count in sorted(tally.targets.items()))
    phases = ", ".join(f"{phase} {count}" for phase, count in sorted(tally.phases.items()))
    return (
        f"soak: {tally.kills} kills ({targets}; {phases}) at {tally.commands} commands, "
        f"{tally.rounds} results in {seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
