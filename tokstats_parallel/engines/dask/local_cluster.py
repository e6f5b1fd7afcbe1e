"""Local cluster: a Dask scheduler and workers on this machine, as child processes that end with the run.

The processes are started as the local engine starts its own (see `process`), and not by Dask: they run no code of the
caller, whose script needs no `if __name__ == "__main__":`, never receive Ctrl-C, and end with the coordinator, in
whatever way it ends. A worker that dies is replaced. Each worker sends its shard before it runs the shard, so that the
shard of a dead worker is known.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tokstats_parallel.engines.dask.client import close_client, open_client
from tokstats_parallel.engines.dask.cluster import Death
from tokstats_parallel.engines.dask.messages import AGAIN, killed
from tokstats_parallel.engines.dask.serve import serve_scheduler, serve_worker
from tokstats_parallel.engines.dask.tasks import Tasks
from tokstats_parallel.engines.local.messages import exit_message, located, may_be_memory, not_started, remedy
from tokstats_parallel.engines.local.process import Child
from tokstats_parallel.engines.local.worker_pool import TRIES
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.temporary import new_temporary_folder
from tokstats_parallel.system.wording import counted
from tokstats_parallel.system.workers_and_memory import allow_files

if TYPE_CHECKING:
    from distributed import Client

START_SECONDS = 120.0
"""Time that scheduler and workers may take to start."""
_CONNECT_SECONDS = 10.0
"""Time that the scheduler may take to answer when it has started."""
_PAUSE = 0.02
_OTHER_FILES = 256


class _Process(Child):
    """Process of the cluster, which tells what it does.

    Attributes:
        shard: Shard that a worker runs; None if it runs none.
    """

    def __init__(self, target: Callable[..., None], folder: Path) -> None:
        super().__init__(target, str(folder), libraries=("distributed",))
        self.shard: Shard | None = None

    def listen(self) -> bool:
        """Receives all that the process has sent; returns whether the process lives."""
        with suppress(EOFError, OSError):
            while self.connection.poll():
                self.shard = self.connection.recv()
            return True
        return False


class LocalCluster:
    """Dask cluster that a run starts on this machine; see `Cluster`.

    Attributes:
        workers: Number of worker processes.
    """

    def __init__(self, workers: int) -> None:
        """Takes the number of worker processes, at least 1."""
        self.workers = workers
        self._stack = ExitStack()
        self._processes: list[_Process] = []
        self._address = ""
        self._tries = Counter[Shard | None]()
        self._reported: list[int] | None = None

    def start(self) -> None:
        """Starts the processes, which load Dask while the coordinator opens the corpora.

        Raises:
            WorkerError: The system allows fewer processes, or fewer open files.
        """
        allow_files(self.workers + _OTHER_FILES)
        self._folder = new_temporary_folder()
        self._stack.callback(shutil.rmtree, self._folder, ignore_errors=True)
        self._stack.callback(self._end_processes)
        try:
            self._scheduler = _Process(serve_scheduler, self._folder)
            for _ in range(self.workers):
                self._processes.append(_Process(serve_worker, self._folder))
        except OSError as error:
            raise WorkerError(not_started(error, running=len(self._processes), wanted=self.workers)) from error

    def connect(self, folder: Path, observer: Observer) -> "Client":  # noqa: ARG002 - its processes are on this machine
        """Connects the workers and this process with the scheduler; returns when all workers are ready.

        Raises:
            WorkerError: A process has died, or does not start in time.
        """
        self._address = self._received_address()
        for process in self._processes:
            process.post(self._address)
        client = open_client(self._address, _CONNECT_SECONDS)
        self._stack.callback(close_client, client)
        deadline = time.monotonic() + START_SECONDS
        while (ready := len(client.nthreads())) < self.workers:
            self.look_after(observer)
            if time.monotonic() > deadline:
                raise WorkerError(f"only {ready} of {counted(self.workers, 'Dask worker')} started; {AGAIN}")
            time.sleep(_PAUSE)
        return client

    def look_after(self, observer: Observer) -> None:
        """Replaces workers that have died.

        Raises:
            WorkerError: The scheduler has died, or a shard's worker for the last time.
        """
        if not self._scheduler.listen():
            raise self.loss()
        for process in list(self._processes):
            if not process.listen():
                self._replace(process, observer)
        pids = [process.pid for process in self._processes]
        if pids != self._reported:
            self._reported = pids
            observer.working(pids)

    def error_of(self, death: Death) -> WorkerError:
        """Returns the error for a shard that Dask gives up, where `look_after` has not raised it with the reason."""
        return WorkerError(killed([death.shard], death.deaths, ""))

    def loss(self) -> WorkerError:
        """Returns the error for the scheduler, which has died."""
        how = exit_message(self._scheduler.exit_code())
        return WorkerError(f"the scheduler of the local Dask cluster {how}; {AGAIN}")

    def end(self, tasks: Tasks | None) -> None:  # noqa: ARG002 - they end with the processes
        """Ends all processes."""
        self._stack.close()

    def _received_address(self) -> str:
        """Returns the address that the scheduler sends.

        Raises:
            WorkerError: The scheduler has died, or does not start in time.
        """
        try:
            if self._scheduler.connection.poll(START_SECONDS):
                return str(self._scheduler.connection.recv())
        except (EOFError, OSError):
            pass
        raise self.loss()

    def _replace(self, process: _Process, observer: Observer) -> None:
        """Starts a new worker in place of one that has died. Dask runs its shard again.

        Raises:
            WorkerError: The shard has had all its tries, or the system allows no further process.
        """
        code = process.exit_code()
        process.end()
        self._tries[process.shard] += 1
        tries = self._tries[process.shard]
        event = f"{located(process.shard)}: its" if process.shard else "a Dask"
        event += f" worker process {exit_message(code)}"
        if tries == TRIES:
            end = remedy(memory=may_be_memory(code), workers=self.workers)
            raise WorkerError(f"{event}, try {tries} of {TRIES}; {end}")
        again = f"; the shard is run again (try {tries + 1} of {TRIES})" if process.shard else ""
        observer.note(f"{event}; a new one takes its place{again}")
        try:
            new = _Process(serve_worker, self._folder)
            self._processes[self._processes.index(process)] = new
            new.post(self._address)
        except OSError as error:
            raise WorkerError(not_started(error, running=0, wanted=1)) from error

    def _end_processes(self) -> None:
        for process in self._processes:
            process.end()
        self._scheduler.end()
