"""Existing cluster: a Dask scheduler that others have started, with its workers on any machines.

Nothing of the cluster is changed. Before the first shard, every worker is asked for its versions and whether it sees
the work folder. At the end, the tasks of the run are cancelled, and the call returns when no worker runs any of them.
"""

import time
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tokstats_parallel.engines.dask import messages
from tokstats_parallel.engines.dask.beginnings import TOPIC, shards_of
from tokstats_parallel.engines.dask.client import check_address, close_client, open_client
from tokstats_parallel.engines.dask.cluster import Death
from tokstats_parallel.engines.dask.probe import probe_file, read_file, version_question
from tokstats_parallel.engines.dask.task import end_run
from tokstats_parallel.engines.dask.tasks import Tasks
from tokstats_parallel.engines.dask.versions import differences, versions
from tokstats_parallel.errors import ConfigError, WorkerError, reason
from tokstats_parallel.shards.observer import Observer

if TYPE_CHECKING:
    from distributed import Client

    from tokstats_parallel.shards.plan import Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Times after which a run does not wait any longer, in seconds.

    Attributes:
        connect: Time until the scheduler answers.
        first_workers: Time until there are workers, at the start.
        new_workers: Time until there are workers again, when all have gone.
        answer: Time until the scheduler answers a question.
        look: Time between two looks at the workers.
        restart: Time until a worker that has died has a successor, whose nanny says why it died.
        end: Time until the workers have ended their shards, at the end.
    """

    connect: float = 10.0
    first_workers: float = 60.0
    new_workers: float = 300.0
    answer: float = 60.0
    look: float = 2.0
    restart: float = 5.0
    end: float = 60.0


_PATIENCE = Patience()
_PAUSE = 0.1


class ExistingCluster:
    """Dask cluster that others have started; see `Cluster`.

    Attributes:
        workers: Number of threads of all workers; each runs one shard at a time.
    """

    def __init__(self, address: str, *, patience: Patience = _PATIENCE) -> None:
        """Takes the address of the scheduler."""
        self.workers = 1
        self._address = address
        self._patience = patience
        self._stack = ExitStack()
        self._client: Client | None = None
        self._last_look = self._last_seen = 0.0
        self._is_noted = False

    def start(self) -> None:
        """Connects to the scheduler, waits for workers, and compares their versions with the versions of this process.

        Raises:
            ConfigError: The address is none.
            WorkerError: There is no scheduler, or no worker, or one of them has another program.
        """
        try:
            check_address(self._address)
        except (ValueError, TypeError) as error:
            raise ConfigError(messages.no_address(self._address, reason(error))) from error
        try:
            client = open_client(self._address, self._patience.connect)
        except OSError as error:
            raise WorkerError(messages.unreachable(self._address, self._patience.connect)) from error
        self._client = client
        self._stack.callback(close_client, client)
        self._wait_for_workers(client)
        self._refuse_other_programs(client)

    def connect(self, folder: Path, observer: Observer) -> "Client":
        """Returns the client, when all workers have seen the folder of the partials.

        Raises:
            WorkerError: A worker does not see the folder.
        """
        observer.working([])
        with probe_file(folder) as (probe, text):
            for worker, (host, found) in self._connected().run(read_file, probe).items():
                if found != text:
                    how = f"the Dask worker {worker} on {host} does not see this folder ({found or 'another file'})"
                    raise WorkerError(messages.not_shared(folder, how))
        self._last_seen = time.monotonic()
        return self._connected()

    def look_after(self, observer: Observer) -> None:
        """Checks that the scheduler answers and has workers.

        Raises:
            WorkerError: The scheduler has gone, or has had no workers for some time.
        """
        now = time.monotonic()
        if now - self._last_look < self._patience.look:
            return
        self._last_look = now
        if self._connected().nthreads(callback_timeout=self._patience.answer):
            self._last_seen, self._is_noted = now, False
        elif now - self._last_seen > self._patience.new_workers:
            raise WorkerError(messages.no_workers(self._address, self._patience.new_workers))
        elif not self._is_noted:
            self._is_noted = True
            observer.note(messages.no_workers_now(self._patience.new_workers))

    def error_of(self, death: Death) -> WorkerError:
        """Returns the error for a shard that Dask gives up, with the reason that the nanny has logged.

        Dask gives a worker more shards than it runs, and gives up all of them; the workers have told what they ran.
        """
        shards: list[Shard] = []
        lines: list[str] = []
        with suppress(Exception):  # the scheduler has gone, or it has no such events, or there is no nanny
            names = shards_of(self._connected().get_events(TOPIC), death.tasks.run, death.worker)
            shards = [shard for shard in [death.shard, *death.tasks.shards()] if str(shard) in names]
            lines = self._lines_of(death.nanny)
        return WorkerError(messages.killed(shards or [death.shard], death.deaths, messages.reason_of_death(lines)))

    def loss(self) -> WorkerError:
        """Returns the error for the scheduler, which has gone."""
        return WorkerError(messages.scheduler_gone(self._address))

    def end(self, tasks: Tasks | None) -> None:
        """Ends the tasks in all workers, and closes the connection."""
        client, self._client = self._client, None
        if client and tasks and len(tasks):
            with suppress(Exception):  # the scheduler has gone, or a worker that would have to answer
                tasks.cancel()
                client.run(end_run, tasks.run, self._patience.end, callback_timeout=2 * self._patience.end)
        self._stack.close()

    def _connected(self) -> "Client":
        if not self._client or self._client.status != "running":
            raise self.loss()
        return self._client

    def _wait_for_workers(self, client: "Client") -> None:
        deadline = time.monotonic() + self._patience.first_workers
        while not (threads := client.nthreads()):
            if time.monotonic() > deadline:
                raise WorkerError(messages.no_workers(self._address, self._patience.first_workers))
            time.sleep(_PAUSE)
        self.workers = sum(threads.values())

    def _refuse_other_programs(self, client: "Client") -> None:
        question = version_question()
        answers = {("scheduler", self._address): client.run_on_scheduler(question)}
        for worker, answer in client.run(question, on_error="return").items():
            answers["worker", worker] = answer
        for (what, address), answer in answers.items():
            found = differences(answer, versions()) if isinstance(answer, tuple) else str(answer)
            if found:
                raise WorkerError(messages.other_program(what, address, found))

    def _lines_of(self, nanny: str) -> list[str]:
        """Returns the log of a nanny, the newest line first, as soon as its new worker is there."""
        client = self._connected()
        deadline = time.monotonic() + self._patience.restart
        while True:
            workers = client.scheduler_info()["workers"]
            addresses = [address for address, worker in workers.items() if worker.get("nanny") == nanny]
            if addresses:
                logs = client.get_worker_logs(workers=addresses, nanny=True)
                return [line for lines in logs.values() for _, line in lines]
            if time.monotonic() > deadline:
                return []
            time.sleep(_PAUSE)
