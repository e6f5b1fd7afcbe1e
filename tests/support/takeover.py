"""Takeover of a claim by another process, as its holder finds it."""

from pathlib import Path

from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.process_identity import ProcessIdentity

OTHER = ProcessIdentity(host="elsewhere", boot="other", namespaces="", pid=1, started=1)


def take_over(folder: Path, name: str) -> None:
    """Does what a process does that has seen no beat of the first generation for long."""
    claim = Claim(writer="other", process=OTHER)
    claim_file.make(claim_file.path_of(folder, name, 2), claim)
    claim_file.put_end(claim_file.path_of(folder, name, 1), claim)
