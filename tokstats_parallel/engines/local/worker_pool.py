"""Worker pool: assigns the shards of a run to worker processes, and replaces processes that fail.

A worker that dies is noticed at once; a worker that hangs is noticed after some time (see `watchdog`). In both cases a
new worker replaces it, and the shard is run again, up to `TRIES` times in all. If memory is short (see
`memory_pressure`), or the system refuses a resource that a worker needs, the run goes on with one worker fewer, but
never without a worker. An error that a worker reports ends the run, because it would happen again.

No replacement changes a result, because a partial is a pure function of its shard, a partial gets its name only when it
is complete, and a worker is gone before another worker gets its shard.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path

from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.local.memory_pressure import MemoryWatch
from tokstats_parallel.engines.local.messages import (
    exit_message,
    located,
    may_be_memory,
    none_given,
    not_given,
    not_started,
    remedy,
)
from tokstats_parallel.engines.local.process import Child
from tokstats_parallel.engines.local.serve import HEARTBEAT, serve
from tokstats_parallel.engines.local.watchdog import Limits, ShardPace, Watchdog
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.schedule import Schedule
from tokstats_parallel.system.clock import ActiveTime
from tokstats_parallel.system.wording import counted

TRIES = 3


class Worker(Child):
    """Worker process, which runs one shard at a time.

    Attributes:
        number: Number of the worker in the schedule, from 0.
        shard: Shard that the worker runs; None if the worker is idle.
        watchdog: Watchdog of the worker.
    """

    def __init__(self, number: int, limits: Limits) -> None:
        """Starts the worker process."""
        super().__init__(serve, limits.heartbeat)
        self.number = number
        self.shard: Shard | None = None
        self.watchdog = Watchdog(limits)
        self._has_setup = False

    def give(self, setup: RunSetup, shard: Shard, now: float) -> None:
        """Sends a shard to the worker; the first shard is sent with the setup of the run.

        Raises:
            OSError: The system refuses the thread that sends the shard.
        """
        self.shard = shard
        self.watchdog.given(now)
        self.post(*([shard] if self._has_setup else [setup, shard]))
        self._has_setup = True


class WorkerPool:
    """Worker pool: runs the shards of one run in worker processes."""

    def __init__(
        self,
        workers: dict[int, Worker],
        setup: RunSetup,
        shards: Sequence[Shard],
        *,
        limits: Limits,
        memory: MemoryWatch,
        observer: Observer,
    ) -> None:
        """Takes the workers by number; the worker pool replaces and removes workers in this mapping."""
        self._workers = workers
        self._setup = setup
        self._limits = limits
        self._memory = memory
        self._observer = observer
        self._schedule = Schedule(shards, len(workers))
        self._tries = Counter[Shard]()
        self._time = ActiveTime(2 * limits.poll)
        self._pace = ShardPace(limits, setup.job.pool_size.batches)
        self._last_check = 0.0

    def run(self) -> Iterator[tuple[Shard, Path]]:
        """Runs all shards, and yields each finished shard with the path of its partial.

        Raises:
            WorkerError: A worker reported an error, a shard has had all its tries, or no worker can be started.
        """
        reported: list[int] | None = None
        while True:
            if reported != (pids := self._pids()):
                reported = pids
                self._observer.working(pids)
            self._assign()
            busy: dict[object, Worker] = {worker.connection: worker for worker in self._busy()}
            if not busy:
                return
            for connection in wait([worker.connection for worker in self._busy()], self._limits.poll):
                if result := self._receive(busy[connection]):
                    yield result
            self._check()

    def _pids(self) -> list[int]:
        return [worker.pid for worker in self._workers.values()]

    def _busy(self) -> list[Worker]:
        return [worker for worker in self._workers.values() if worker.shard]

    def _assign(self) -> None:
        """Gives a waiting shard to every idle worker, until no shard waits."""
        for worker in list(self._workers.values()):
            if not worker.shard and (shard := self._schedule.next(worker.number)):
                try:
                    worker.give(self._setup, shard, self._time.read())
                except OSError as error:
                    self._go_on_without(worker, error)

    def _go_on_without(self, worker: Worker, error: OSError) -> None:
        """Removes a worker to which no shard could be sent, if other workers are busy.

        Raises:
            WorkerError: No other worker is busy.
        """
        if self._busy() == [worker]:
            raise WorkerError(none_given(error, workers=len(self._workers))) from error
        worker.end()
        self._put_back_shard(worker)
        self._remove(worker)
        self._observer.note(f"{not_given(error)}; {counted(len(self._workers), 'worker')} from now on")

    def _receive(self, worker: Worker) -> tuple[Shard, Path] | None:
        """Receives a worker's message; returns a finished shard with its partial, None for a heartbeat or a death."""
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            self._handle_death(worker)
            return None
        now = self._time.read()
        worker.watchdog.heard(now)
        if message is HEARTBEAT:
            return None
        shard, path, failure = message
        if failure:
            raise WorkerError(f"shard {shard}: {failure}")
        self._pace.ended(shard.draws, now - worker.watchdog.since)
        worker.shard = None
        return shard, path

    def _check(self) -> None:
        """Checks for hung workers and for low memory, at most once every `Limits.poll` seconds."""
        now = self._time.read()
        if now - self._last_check < self._limits.poll:
            return
        self._last_check = now
        for worker in self._busy():
            if worker.shard and (why := worker.watchdog.hangs(now, self._pace.limit(worker.shard.draws))):
                worker.end()
                self._try_again(worker, f"{why} and was ended")
        if self._memory.is_short(self._pids()) and len(self._workers) > 1:
            self._reduce()

    def _handle_death(self, worker: Worker) -> None:
        """Replaces a worker that has died, and puts its shard back, so that the shard is run again."""
        code = worker.exit_code()
        worker.end()
        how, memory = exit_message(code), may_be_memory(code)
        self._try_again(worker, how, memory=memory, short=self._memory.was_cause(code))

    def _try_again(self, worker: Worker, how: str, *, memory: bool = False, short: bool = False) -> None:
        """Puts the shard of an ended worker back into the schedule, and replaces the worker unless memory is short.

        Args:
            worker: Worker whose process has ended.
            how: Text for the message that says how the process ended.
            memory: Whether lack of memory may be the reason.
            short: Whether lack of memory is known to be the reason.

        Raises:
            WorkerError: The shard has failed `TRIES` times.
        """
        shard = self._put_back_shard(worker)
        self._tries[shard] += 1
        tries = self._tries[shard]
        figures = f"; {self._memory.figures()}" if memory else ""
        event = f"{located(shard)}: its worker process {how}"
        if tries == TRIES:
            end = remedy(memory=memory, workers=len(self._workers))
            raise WorkerError(f"{event}, try {tries} of {TRIES}{figures}; {end}")
        fewer = (short and len(self._workers) > 1) or not self._replace(worker)
        if fewer:
            self._remove(worker)
        change = (
            f"{counted(len(self._workers), 'worker')} from now on{figures}" if fewer else "a new one takes its place"
        )
        self._observer.note(f"{event}; {change}; the shard is run again (try {tries + 1} of {TRIES})")

    def _replace(self, worker: Worker) -> bool:
        """Starts a new worker in place of an ended one; returns False if no worker can be started, but others run.

        Raises:
            WorkerError: No worker can be started, and no other worker runs.
        """
        try:
            self._workers[worker.number] = Worker(worker.number, self._limits)
        except OSError as error:
            if len(self._workers) == 1:
                raise WorkerError(not_started(error, running=0, wanted=1)) from error
            return False
        return True

    def _reduce(self) -> None:
        """Ends an idle worker, or else the worker that has run its shard for the shortest time."""
        worker = max(self._workers.values(), key=lambda one: (one.shard is None, one.watchdog.since))
        figures = self._memory.figures()
        worker.end()
        self._remove(worker)
        again = f"; {located(self._put_back_shard(worker))} is run again" if worker.shard else ""
        self._observer.note(f"memory is short ({figures}): {counted(len(self._workers), 'worker')} from now on{again}")

    def _remove(self, worker: Worker) -> None:
        del self._workers[worker.number]
        self._schedule.leave(worker.number)

    def _put_back_shard(self, worker: Worker) -> Shard:
        """Puts the shard of an ended worker back into the schedule, and returns the shard."""
        shard = worker.shard
        if shard is None:
            raise AssertionError("only a worker with a shard is heard and watched")
        self._schedule.put_back(shard)
        return shard
