"""Dask cluster for tests, as others would have started it: a scheduler and workers from Dask's own command lines."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from support.paths import ROOT, TESTS

PATIENCE = 60.0
_LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")

_ENDS_ITSELF = ("--idle-timeout", "600")  # where the tests are killed; the workers end with the scheduler


class DaskCluster:
    """Scheduler with workers on the loopback interface, each in a process group of its own.

    Attributes:
        address: Address of the scheduler.
        scheduler: Process of the scheduler.
        workers: Processes of the command lines of the workers.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS), str(ROOT)])}
        self.workers: list[subprocess.Popen[bytes]] = []
        file = folder / "scheduler.json"
        self.scheduler = self._started("scheduler", "--port", "0", "--scheduler-file", str(file), *_ENDS_ITSELF)
        deadline = time.monotonic() + PATIENCE
        while not file.exists() or not file.read_text("utf-8").endswith("}"):
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.05)
        self.address: str = json.loads(file.read_text("utf-8"))["address"]

    def add_worker(self, *options: str) -> None:
        self.workers.append(
            self._started("worker", self.address, "--local-directory", str(self._folder / "local"), *options)
        )

    def log(self) -> str:
        """Returns all that the processes have written."""
        return (self._folder / "log.txt").read_text("utf-8")

    def end(self) -> None:
        for process in [*self.workers, self.scheduler]:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _started(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log.txt").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{kind}", *_LOOPBACK, *options],
                cwd=self._folder,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


@contextmanager
def dask_cluster(folder: Path, workers: Sequence[Sequence[str]]) -> Iterator[DaskCluster]:
    """Starts a scheduler and a worker for each list of options; ends all processes.

    Args:
        folder: New folder for the files of the cluster.
        workers: Options of each `dask worker`.
    """
    folder.mkdir()
    cluster = DaskCluster(folder)
    try:
        for options in workers:
            cluster.add_worker(*options)
        yield cluster
    finally:
        cluster.end()
