"""Process identity: tells a process from all others, on all machines and in all containers that share a disk.

A process id alone says little, because ids are used again, and each container and each machine has its own. A process
that is not in the same boot of the same machine and in the same namespaces is not judged at all.
"""

import os
import re
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_HOST_CHARACTERS = 16
_ENDED = {"Z", "X"}


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """Identity of a process.

    Attributes:
        host: Name of the machine or container.
        boot: Id of the machine's boot; empty if the system has none.
        namespaces: Ids of the namespaces in which the process id and the start time hold; empty if there are none.
        pid: Process id.
        started: Time from the boot to the start of the process, in ticks of the system; -1 if it is not known.
    """

    host: str
    boot: str
    namespaces: str
    pid: int
    started: int


def this_process() -> ProcessIdentity:
    """Returns the identity of this process."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        namespaces = f"{(_PROC / 'self/ns/pid').readlink()} {_time_namespace()}"
    except OSError:
        boot = namespaces = ""
    _, started = _state("self") or ("", -1)
    return ProcessIdentity(socket.gethostname(), boot, namespaces, os.getpid(), started)


def is_gone(process: ProcessIdentity) -> bool:
    """Tells whether a process is known to have ended; false if it lives, or if that cannot be known from here."""
    here = this_process()
    if not here.boot or (process.host, process.boot, process.namespaces) != (here.host, here.boot, here.namespaces):
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # another user's
        pass
    if not _proc_is_of_this_namespace():
        return False
    now = _state(str(process.pid))
    return now is not None and (now[0] in _ENDED or (process.started >= 0 and now[1] != process.started))


def new_writer_name() -> str:
    """Returns a name for files that no other process anywhere gives; it has only the characters `A-Za-z0-9_-`."""
    host = re.sub(r"[^A-Za-z0-9_-]", "-", socket.gethostname())[:_HOST_CHARACTERS]
    return f"{host}-{os.getpid()}-{secrets.token_hex(4)}"


def _time_namespace() -> str:
    try:
        return str((_PROC / "self/ns/time").readlink())
    except OSError:  # older systems have none
        return ""


def _proc_is_of_this_namespace() -> bool:
    """Tells whether `/proc` has the process ids that this process sees; a container may show the ids of its host."""
    try:
        return str((_PROC / "self").readlink()) == str(os.getpid())
    except OSError:
        return False


def _state(process: str) -> tuple[str, int] | None:
    """Returns the state and the start time of a process; None if the system does not tell them."""
    try:
        text = (_PROC / process / "stat").read_text("utf-8", "replace")
        fields = text.rpartition(")")[2].split()  # the program's name before may have blanks and brackets
        return fields[0], int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
