"""Life of a holder, as far as one look at its claim tells.

A look is less than the watching of `taking`: where the holder is on another machine, only the age of its last beat is
known, by the clocks of two machines.
"""

import time
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.process_identity import is_gone


class Life(StrEnum):
    """Life of a holder."""

    ENDED = "ended"
    """It has given the claim back; sure."""
    GONE = "gone"
    """Its process was on this machine, and does not exist any more; sure."""
    BEATING = "beating"
    """Its last beat is young; it may have died since."""
    SILENT = "silent"
    """Its last beat is old; it is dead, or the clocks of the machines differ, or its beats cannot be written now."""


class Look(NamedTuple):
    """One look at a claim.

    Attributes:
        claim: Content of its file; None if it cannot be parsed now.
        life: Life of its holder.
        age: Time since the last beat, in seconds, by the clocks of this machine and of the folder's server.
    """

    claim: Claim | None
    life: Life
    age: float


def look(path: Path, silence: float) -> Look | None:
    """Looks at a claim file; returns None if it was removed.

    Args:
        path: Path of the claim file.
        silence: Age in seconds from which a beat counts as old.

    Raises:
        OSError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:  # opened before its time is asked for: network file systems ask the server then
            claim = claim_file.parsed(file.read())
            age = max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return None
    if claim and claim.ended:
        return Look(claim, Life.ENDED, age)
    if claim and is_gone(claim.process):
        return Look(claim, Life.GONE, age)
    return Look(claim, Life.BEATING if age <= silence else Life.SILENT, age)
