"""Process of a benchmark case: starts it, measures it until it ends, and reads its answer."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
_POLL_SECONDS = 0.05
MAXRSS_UNIT = 1 if sys.platform == "darwin" else 1024


class BenchmarkError(Exception):
    """A case failed, or its answer is wrong, so no figure can be trusted."""


@dataclass(frozen=True, slots=True)
class Done:
    """Process that has ended without a failure.

    Attributes:
        output: Text that it printed.
        seconds: Seconds from its start to its end.
        processor_seconds: Processor time of it and of the processes that it waited for.
        peak_bytes: Greatest resident memory of it and of the processes that it waited for; never less than this process
            had when it started the other one, since the kernel counts that memory as the child's.
        private_bytes: Greatest private memory of any one of its child processes; 0 if they were not watched.
    """

    output: str
    seconds: float
    processor_seconds: float
    peak_bytes: int
    private_bytes: int

    @property
    def answer(self) -> Any:  # noqa: ANN401 - JSON
        """JSON value that the process printed."""
        return json.loads(self.output)


def run(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    watched: bool = False,
    allowed: Collection[int] = (0,),
) -> Done:
    """Runs a command until it ends.

    Args:
        command: Words of the command.
        environment: Variables that are added to the environment of this process.
        watched: Watches the memory of its processes while it runs, which takes a tenth of a core from it.
        allowed: Exit codes with which the command has not failed.

    Raises:
        BenchmarkError: The command failed.
    """
    watch = _Watch()
    with tempfile.TemporaryFile() as printed:
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=printed, env={**os.environ, **(environment or {})})
        if watched:
            watch.start(process.pid)
        _, status, usage = os.wait4(process.pid, 0)  # unlike `wait`, it returns the memory
        seconds = time.perf_counter() - begun
        printed.seek(0)
        output = printed.read()
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.stop()
    if process.returncode not in allowed:
        raise BenchmarkError(f"{' '.join(command)}: ended with {process.returncode}")
    return Done(output.decode(), seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * MAXRSS_UNIT, watch.private)


def run_module(name: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Done:
    """Runs a module of this package (see `run`)."""
    paths = [str(ROOT / "scripts"), os.environ.get("PYTHONPATH", "")]
    found = {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    return run([sys.executable, "-m", f"benchmark.{name}", *arguments], {**found, **(environment or {})})


class _Watch:
    """Watches the memory of a process's children, in its own thread."""

    def __init__(self) -> None:
        self.private = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, pid: int) -> None:
        self._thread = threading.Thread(target=self._look, args=(pid,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()

    def _look(self, pid: int) -> None:
        while not self._ended.wait(_POLL_SECONDS):
            with suppress(psutil.Error):  # the process has just ended
                for child in psutil.Process(pid).children(recursive=True):
                    with suppress(psutil.Error):
                        self.private = max(self.private, child.memory_full_info().uss)
