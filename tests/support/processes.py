"""Child processes of a test's process, without the servers that fixtures of other tests keep for the whole session."""

import psutil

_SERVERS = {"chromedriver", "slurmctld", "slurmd", "sshd"}


def child_processes() -> list[psutil.Process]:
    """Returns the child processes that the code under test may have started."""
    found = []
    for child in psutil.Process().children():
        try:
            if child.name() not in _SERVERS:
                found.append(child)
        except psutil.NoSuchProcess:  # it has ended, and nobody waits for it
            continue
    return found
