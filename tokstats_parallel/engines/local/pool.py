"""The workers of a run, and what is done when one of them fails.

One that dies, in whatever way, is noticed at once, one that hangs in time (see `vigil`); either is replaced and its
shard run again, `TRIES` times in all. Where memory is short (see `shortage`), or the system refuses what a worker
needs, there is one worker fewer, never fewer than one. A failure that a worker reports would come again, so it stops
the run.

None of this changes a result: a shard's partial is a pure function of the shard, it gets its name when it is whole, and
a process has gone before another is given its shard.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import wait
from pathlib import Path

from tokstats_parallel.engines.interface import Task
from tokstats_parallel.engines.local.memory_pressure import MemoryWatch
from tokstats_parallel.engines.local.messages import (
    describe,
    located,
    may_be_memory,
    none_given,
    not_given,
    not_started,
    remedy,
)
from tokstats_parallel.engines.local.process import Child
from tokstats_parallel.engines.local.serve import BEAT, serve
from tokstats_parallel.engines.local.watchdog import Limits, LivedTime, Pace, Vigil
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.schedule import Schedule
from tokstats_parallel.system.wording import counted

TRIES = 3


class Worker(Child):
    """A process that runs the shards that it is given, one after the other.

    Attributes:
        number: Which one, for the schedule.
        shard: What it runs; None where it waits for one.
        vigil: When it was heard.
    """

    def __init__(self, number: int, limits: Limits) -> None:
        """Starts it."""
        super().__init__(serve, limits.beat)
        self.number = number
        self.shard: Shard | None = None
        self.vigil = Vigil(limits)
        self._has_task = False

    def give(self, task: Task, shard: Shard, now: float) -> None:
        """Gives it a shard."""
        self.shard = shard
        self.vigil.given(now)
        self.post(*([shard] if self._has_task else [task, shard]))
        self._has_task = True


class Crew:
    """Worker processes that run the shards of a run."""

    def __init__(
        self,
        workers: dict[int, Worker],
        task: Task,
        shards: Sequence[Shard],
        *,
        limits: Limits,
        memory: MemoryWatch,
        notify: Callable[[str], None],
    ) -> None:
        """Takes the workers by number; who comes and goes does so in this mapping."""
        self._workers = workers
        self._task = task
        self._limits = limits
        self._memory = memory
        self._notify = notify
        self._schedule = Schedule(shards, len(workers))
        self._tries = Counter[Shard]()
        self._time = LivedTime(2 * limits.poll)
        self._pace = Pace(limits, task.job.pool_size.batches)
        self._looked = 0.0

    def run(self, working: Callable[[Sequence[int]], None]) -> Iterator[tuple[Shard, Path]]:
        """Each shard with its saved partial; `working` is told the processes whenever they have changed."""
        told: list[int] | None = None
        while True:
            if told != (pids := self._pids()):
                told = pids
                working(pids)
            self._give()
            connections = [worker.connection for worker in self._busy()]
            if not connections:
                return
            busy: dict[object, Worker] = {worker.connection: worker for worker in self._busy()}
            for connection in wait(connections, self._limits.poll):
                if found := self._hear(busy[connection]):
                    yield found
            self._look()

    def _pids(self) -> list[int]:
        return [worker.pid for worker in self._workers.values()]

    def _busy(self) -> list[Worker]:
        return [worker for worker in self._workers.values() if worker.shard]

    def _give(self) -> None:
        """Gives a shard to everybody who has none, as far as there are any."""
        for worker in list(self._workers.values()):
            if not worker.shard and (shard := self._schedule.next(worker.number)):
                try:
                    worker.give(self._task, shard, self._time.look())
                except OSError as error:
                    self._go_without(worker, error)

    def _go_without(self, worker: Worker, error: OSError) -> None:
        """Goes on without one that could not be given its shard, where others run theirs.

        Raises:
            WorkerError: None does.
        """
        if self._busy() == [worker]:
            raise WorkerError(none_given(error, workers=len(self._workers))) from error
        worker.end()
        self._taken_from(worker)
        self._dismiss(worker)
        self._notify(f"{not_given(error)}; {counted(len(self._workers), 'worker')} from now on")

    def _hear(self, worker: Worker) -> tuple[Shard, Path] | None:
        """What a worker has finished; None where it has only given a sign of life, or is dead."""
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return None
        now = self._time.look()
        worker.vigil.heard(now)
        if message is BEAT:
            return None
        shard, path, failure = message
        if failure:
            raise WorkerError(f"shard {shard}: {failure}")
        self._pace.ended(shard.draws, now - worker.vigil.since)
        worker.shard = None
        return shard, path

    def _look(self) -> None:
        """Looks for who hangs, and at the memory, once in a while."""
        now = self._time.look()
        if now - self._looked < self._limits.poll:
            return
        self._looked = now
        for worker in self._busy():
            if worker.shard and (why := worker.vigil.hangs(now, self._pace.limit(worker.shard.draws))):
                worker.end()
                self._try_again(worker, f"{why} and was ended")
        if self._memory.is_short(self._pids()) and len(self._workers) > 1:
            self._ease()

    def _bury(self, worker: Worker) -> None:
        """Deals with one that has died."""
        code = worker.exit_code()
        worker.end()
        self._try_again(worker, describe(code), memory=may_be_memory(code), short=self._memory.was_cause(code))

    def _try_again(self, worker: Worker, how: str, *, memory: bool = False, short: bool = False) -> None:
        """Puts back the shard of a worker that has gone, and replaces it, unless memory is known to be short.

        Raises:
            WorkerError: The shard has had its tries.
        """
        shard = self._taken_from(worker)
        self._tries[shard] += 1
        tries = self._tries[shard]
        figures = f"; {self._memory.figures()}" if memory else ""
        told = f"{located(shard)}: its worker process {how}"
        if tries == TRIES:
            end = remedy(memory=memory, workers=len(self._workers))
            raise WorkerError(f"{told}, try {tries} of {TRIES}{figures}; {end}")
        fewer = (short and len(self._workers) > 1) or not self._replaced(worker)
        if fewer:
            self._dismiss(worker)
        change = (
            f"{counted(len(self._workers), 'worker')} from now on{figures}" if fewer else "a new one takes its place"
        )
        self._notify(f"{told}; {change}; the shard is run again (try {tries + 1} of {TRIES})")

    def _replaced(self, worker: Worker) -> bool:
        """Starts one in the place of a worker that has gone; False where none can be started, but others are there."""
        try:
            self._workers[worker.number] = Worker(worker.number, self._limits)
        except OSError as error:
            if len(self._workers) == 1:
                raise WorkerError(not_started(error, running=0, wanted=1)) from error
            return False
        return True

    def _ease(self) -> None:
        """Goes on with one worker fewer: one that waits, or the one that has run its shard for the shortest time."""
        worker = max(self._workers.values(), key=lambda one: (one.shard is None, one.vigil.since))
        figures = self._memory.figures()
        worker.end()
        self._dismiss(worker)
        again = f"; {located(self._taken_from(worker))} is run again" if worker.shard else ""
        self._notify(f"memory is short ({figures}): {counted(len(self._workers), 'worker')} from now on{again}")

    def _dismiss(self, worker: Worker) -> None:
        del self._workers[worker.number]
        self._schedule.leave(worker.number)

    def _taken_from(self, worker: Worker) -> Shard:
        """The shard of a worker that has gone, put back."""
        shard = worker.shard
        if shard is None:
            raise AssertionError("only a worker with a shard is heard and watched")
        self._schedule.put_back(shard)
        return shard
