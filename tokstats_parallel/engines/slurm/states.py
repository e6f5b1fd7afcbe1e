"""States of the elements of an array, as squeue and sacct tell them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tokstats_parallel.engines.slurm.elements import parse_list

SQUEUE_FORMAT = "--Format=ArrayTaskID:|,State:|,exit_code:|,RestartCnt:|,Reason:|"
SACCT_FORMAT = "--format=JobID,State,ExitCode"

_LIVE = frozenset(
    ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT", "RESIZING")
)
_REQUEUED = frozenset(("REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"))
_ELEMENT = re.compile(r"\d+_(?:(\d+)|\[([^\]]+)\])")


@dataclass(frozen=True, slots=True)
class ElementState:
    """State of an element of an array.

    Attributes:
        state: Slurm's word for it, such as `RUNNING` or `OUT_OF_MEMORY`.
        exit_code: Exit code of the batch script; 0 if a signal ended it.
        signal: Number of the signal that ended the batch script; 0 if none did.
        restarts: Number of times that Slurm has queued it again.
        reason: Slurm's word for the reason why it waits, such as `Priority`; empty if there is none.
    """

    state: str
    exit_code: int = 0
    signal: int = 0
    restarts: int = 0
    reason: str = ""

    @property
    def is_live(self) -> bool:
        """Tells whether it waits, runs, or is about to end."""
        return self.state in _LIVE or self.state in _REQUEUED

    @property
    def is_ending(self) -> bool:
        """Tells whether it was ended and Slurm still waits for its processes."""
        return self.state == "COMPLETING"


def parse_squeue(text: str) -> dict[int, ElementState]:
    """Reads the output of squeue in the format `SQUEUE_FORMAT`, one element a line."""
    states = {}
    for line in text.splitlines():
        fields = line.strip().split("|")
        if len(fields) < len(("element", "state", "exit code", "restarts", "reason")) or not fields[0][:1].isdigit():
            continue  # no element of an array
        code, signal = _exit(fields[2])
        restarts = int(fields[3]) if fields[3].isdigit() else 0
        for element in parse_list(fields[0]):
            states[element] = ElementState(
                fields[1], code, signal, restarts, fields[4] if fields[1] == "PENDING" else ""
            )
    return states


def parse_sacct(text: str) -> dict[int, ElementState]:
    """Reads the output of sacct in the format `SACCT_FORMAT`, one or several elements a line."""
    states = {}
    for line in text.splitlines():
        name, _, rest = line.strip().partition("|")
        state, _, exits = rest.partition("|")
        code, signal = _exit(exits)
        for element in _elements(name):
            # A state is followed by words about it, such as `CANCELLED by 1000`.
            states[element] = ElementState((state.split() or [""])[0].rstrip("+"), code, signal)
    return states


def _elements(name: str) -> Iterator[int]:
    found = _ELEMENT.fullmatch(name)
    if found:
        yield from parse_list(found[1] or found[2])


def _exit(text: str) -> tuple[int, int]:
    """Reads an exit code and a signal, either `CODE:SIGNAL` or the number by which a system tells both."""
    code, colon, signal = text.partition(":")
    if not code.isdigit():
        return 0, 0
    if colon:
        return int(code), int(signal) if signal.isdigit() else 0
    return int(code) >> 8, int(code) & 0x7F
