#!/usr/bin/env python3
"""Kills tasks on two nodes that share a folder, at random moments, and compares each result with one machine's.

Each node has a host name, process ids and a network of its own (namespaces of Linux, which root may make). With
`--mounts`, it also sees the shared folder through a mount of its own, with caches and locks of its own. A task, one of
its workers or a whole node is killed by `kill -9`, or a node is suspended for longer than a claim stays without beats.
Tasks are started again on either node, some of them on both at once. No two living processes may hold a task at the
same time, no shard may be saved twice, and the merge must have the bytes of one machine.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from soaking.folder import SoakFolder
from soaking.node import refusal
from soaking.node_rounds import NodeSoak
from soaking.rounds import SoakError

if TYPE_CHECKING:
    from soaking.cluster import NodeTally

BATCHES, SIZE = 800, 8_000


def main(argv: list[str] | None = None) -> int:
    """Kills tasks as the options say, and returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--kills", type=int, default=50, help="number of kills (default: 50)")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbits(32), help="seed of moments and targets (default: random)"
    )
    parser.add_argument(
        "--mounts", nargs=2, type=Path, metavar="DIR", default=(), help="two mount points of one folder, for the nodes"
    )
    options = parser.parse_args(argv)
    if reason := refusal():
        print(f"soak: {reason}")
        return 1
    begun = time.monotonic()
    print(f"soak: seed {options.seed}", file=sys.stderr)
    with (
        tempfile.TemporaryDirectory(prefix="tokstats-soak-", dir=next(iter(options.mounts), None)) as name,
        tempfile.TemporaryDirectory(prefix="tokstats-soak-notes-") as notes,
    ):
        folder = SoakFolder.make(Path(name) / "inputs", batches=BATCHES, size=SIZE)
        soak = NodeSoak(
            folder,
            Path(notes),
            kills=options.kills,
            seed=options.seed,
            tell=lambda line: print(line, file=sys.stderr),
        )
        try:
            soak.run(options.mounts)
        except SoakError as error:
            print(f"soak: {error}")
            print(f"{summary(soak.tally, time.monotonic() - begun)}; repeat with --seed {options.seed}")
            return 1
    print(f"{summary(soak.tally, time.monotonic() - begun)}; all results identical; seed {options.seed}")
    return 0


def summary(tally: NodeTally, seconds: float) -> str:
    """Returns one line with the numbers of kills, starts and results."""
    targets = ", ".join(f"{target} {count}" for target, count in sorted(tally.targets.items()))
    codes = ", ".join(f"{count} with {code}" for code, count in sorted(tally.codes.items()))
    return (
        f"soak: {tally.kills} kills ({targets}) and {tally.sleeps} suspensions at {tally.starts} starts of tasks "
        f"(ended by themselves: {codes}), {tally.takeovers} claims taken over, "
        f"{tally.rounds} results in {seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
