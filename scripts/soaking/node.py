"""Node: a group of processes with a host name, process ids and a network of its own, as a machine of a cluster has.

It sees the files of this machine, and may see a folder through a mount of its own. Its first process does nothing but
hold the namespaces. Its death ends all others, as a power cut of a machine does.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from pathlib import Path

_NAMESPACES = ("--pid", "--uts", "--net")
_IDLE = 'hostname "$0" && { [ $# = 0 ] || mount --bind "$1" "$2"; } && echo "$0" && exec cat'
_PATIENCE = 20.0
_UNSHARE, _NSENTER = shutil.which("unshare") or "", shutil.which("nsenter") or ""


def refusal() -> str:
    """Returns the reason why this system makes no nodes; empty if it makes them."""
    if not (_UNSHARE and _NSENTER):
        return "nodes need the commands unshare and nsenter"
    tried = subprocess.run(
        [_UNSHARE, *_NAMESPACES, "--fork", "--mount-proc", "hostname", "node"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"namespaces are not allowed here: {tried.stderr.strip()}" if tried.returncode else ""


class Node:
    """Node that has been started; `kill` ends it with all its processes."""

    def __init__(self, name: str, mount: tuple[Path, Path] | None = None) -> None:
        """Starts a node with a host name.

        Args:
            name: The host name.
            mount: Folder, and path under which the node sees that folder; None if the node sees all as it is.
        """
        self.name, self._mount = name, mount
        self._starter = subprocess.Popen(
            [
                _UNSHARE,
                *_NAMESPACES,
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                _IDLE,
                name,
                *map(str, mount or ()),
            ],
            stdin=subprocess.PIPE,  # it ends when this process does
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if not (self._starter.stdout and self._starter.stdout.readline()):
            raise OSError(f"{name}: the node does not start")
        (first,) = psutil.Process(self._starter.pid).children()
        self._first = first.pid
        self._namespace = os.readlink(f"/proc/{first.pid}/ns/pid")  # noqa: PTH115 - a link to no path

    def start(self, words: list[str], folder: Path, said: Path) -> subprocess.Popen[bytes]:
        """Starts a Python program in the node.

        Args:
            words: Words of its command line, without the interpreter.
            folder: Its working folder.
            said: File for all that it prints.
        """
        with said.open("ab") as file:
            return subprocess.Popen(
                [
                    _NSENTER,
                    f"--target={self._first}",
                    "--mount",
                    *_NAMESPACES,
                    f"--wd={folder}",
                    sys.executable,
                    *words,
                ],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
            )

    def again(self) -> Node:
        """Starts the same node again after it was killed."""
        return Node(self.name, self._mount)

    def processes(self) -> list[psutil.Process]:
        """Returns the living processes of the node, without its first one."""
        return [process for process in psutil.process_iter() if process.pid != self._first and self._has(process)]

    def members(self, starter: int) -> list[psutil.Process]:
        """Returns the living processes of a program that was started in the node, the program's own first.

        Args:
            starter: Process id of what `start` returned.
        """
        try:
            everyone = psutil.Process(starter).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [process for process in everyone if self._has(process)]

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to all processes of the node."""
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def kill(self) -> None:
        """Ends the node, with all its processes, at once."""
        with suppress(ProcessLookupError):
            os.kill(self._first, signal.SIGKILL)
        with self._starter:
            self._starter.wait(_PATIENCE)

    def left(self) -> list[int]:
        """Returns the processes that are still alive after 20 s, except the first one."""
        end = time.monotonic() + _PATIENCE
        while (alive := self.processes()) and time.monotonic() < end:
            time.sleep(0.05)
        return [process.pid for process in alive]

    def _has(self, process: psutil.Process) -> bool:
        try:
            here = os.readlink(f"/proc/{process.pid}/ns/pid") == self._namespace  # noqa: PTH115 - a link to no path
            return here and process.status() != psutil.STATUS_ZOMBIE
        except (OSError, psutil.NoSuchProcess):
            return False
