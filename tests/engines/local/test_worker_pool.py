"""Workers that die, hang or lack memory: notices, shards that are run again, and the same partials."""

import itertools
import os
import random
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from support.doomed import ALWAYS, doomed
from support.processes import child_processes
from support.results import counted
from support.runs import Watch, alive, make_job, make_setup, run, sha256s

from tokstats_parallel.corpus.corpus import open_handle
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.local import worker_pool
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.engines.local.memory_pressure import Readings
from tokstats_parallel.engines.local.watchdog import Limits
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.partial import check
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.run_shard import run_shard
from tokstats_parallel.system.workers_and_memory import AvailableMemory, WorkerMemory

MB = 1_000_000
PLENTY = AvailableMemory(8_000 * MB, 16_000 * MB)
SHORT = AvailableMemory(150 * MB, 16_000 * MB)
QUICK = Limits(poll=0.05, heartbeat=0.05, start=20.0, silence=2.0, shard=2.0)
MOST_KILLS = 6
PATIENT = Limits(poll=0.05, heartbeat=0.05, start=60.0, silence=60.0, shard=60.0)


@pytest.fixture
def setup(tmp_path: Path) -> RunSetup:
    return make_setup(make_job(tmp_path), tmp_path / "parts")


def readings(
    available: Callable[[], AvailableMemory] = lambda: PLENTY, oom_kills: Callable[[], int | None] = lambda: 0
) -> Readings:
    return Readings(
        available=available, used=lambda pids: WorkerMemory(123 * MB, 123 * MB * len(pids)), oom_kills=oom_kills
    )


class Run(Watch):
    """Observer of an engine's run: its processes, notices and results."""

    def __init__(self, setup: RunSetup) -> None:
        super().__init__()
        self.setup = setup
        self.processes: list[list[int]] = []
        self.results: list[tuple[Shard, Path]] = []

    def working(self, pids: Sequence[int]) -> None:
        self.processes.append(list(pids))

    def run(
        self,
        shards: Sequence[Shard],
        workers: int = 1,
        limits: Limits = PATIENT,
        sources: Readings | None = None,
        seen: Callable[[], None] = lambda: None,
    ) -> None:
        """Runs the shards, calls `seen` after each, and checks that no process and no file is left open."""
        before = descriptors()
        try:
            with LocalEngine(workers, limits=limits, readings=sources or readings()) as engine:
                for result in engine.run(self.setup, shards, self):
                    self.results.append(result)
                    seen()
        finally:
            assert not alive([pid for pids in self.processes for pid in pids])
            assert not [child for child in child_processes() if child.status() == psutil.STATUS_ZOMBIE]
            assert descriptors() <= before

    def check(self, shards: Sequence[Shard]) -> None:
        """Checks that every shard is there once, with the bytes of an undisturbed run."""
        assert sorted(shard for shard, _ in self.results) == sorted(shards)
        fingerprints = {name: handle.fingerprint for name, handle in self.setup.corpora.items()}
        for shard, path in self.results:
            found = check(path, job_digest=self.setup.job_digest, fingerprints=fingerprints)
            expected = run_shard(self.setup.job, shard, [open_handle(self.setup.corpora[shard.language])])
            assert counted(shard, path.read_bytes()[found.segments[0].start :], found.shortfall) == expected
        assert not list(self.setup.partials_folder.glob(".*.tmp"))


def descriptors() -> int:
    """Returns the number of open files of this process."""
    return psutil.Process().num_fds()


class Stopping(Run):
    """Stops the first process before it is given a shard."""

    def working(self, pids: Sequence[int]) -> None:
        if not self.processes:
            os.kill(pids[0], signal.SIGSTOP)
        super().working(pids)


@pytest.fixture
def watched(setup: RunSetup) -> Run:
    return Run(setup)


def test_a_worker_that_dies_is_replaced_and_its_shard_run_again(watched: Run, tmp_path: Path) -> None:
    shards = plan(watched.setup.job, shard_draws=20)
    deaths = {
        "kill": "killed by SIGKILL",
        "abort": "killed by SIGABRT",
        "exit 0": "exit code 0",
        "exit 1": "exit code 1",
        "raise": "exit code 1",
        "no memory": "out of memory",
        "kill before the answer": "killed by SIGKILL",
    }
    deeds = {shard: (deed, 1) for shard, deed in zip(shards, deaths, strict=False)}
    assert len(deeds) == len(deaths)
    watched.run(doomed(shards, deeds, tmp_path), workers=2)
    watched.check(shards)
    assert len(watched.notes) == len(deaths)
    for shard, (deed, _) in deeds.items():
        (notice,) = [line for line in watched.notes if f"shard {shard} " in line]
        assert deaths[deed] in notice
        assert "try 2 of 3" in notice
        assert "\n" not in notice


KILLED = (
    r"was killed by SIGKILL \(out of memory\?\), try 3 of 3; "
    r"a worker was seen to use 123\.0 MB; 8\.0 GB of 16\.0 GB are free on this machine; "
    r"finished shards are kept: run the same command again, with fewer --workers than 2$"
)


@pytest.mark.parametrize(
    ("deed", "how"),
    [
        ("kill", KILLED),
        ("kill before the answer", r"was killed by SIGKILL"),
        ("abort", r"was killed by SIGABRT.*are free"),
        ("exit 1", r"ended with exit code 1, try 3 of 3; finished shards are kept: run the same command again$"),
        ("no memory", r"out of memory.*with --workers 1 when more memory is free$"),
    ],
)
def test_a_shard_that_kills_every_worker_ends_the_run(deed: str, how: str, watched: Run, tmp_path: Path) -> None:
    shards = plan(watched.setup.job, shard_draws=20)
    culprit = shards[1]
    with pytest.raises(WorkerError, match=how) as caught:
        watched.run(doomed(shards, {culprit: (deed, ALWAYS)}, tmp_path), workers=2)
    message = str(caught.value)
    last = culprit.first_draw + culprit.draws - 1
    located = f"shard {culprit} (language {culprit.language}, batches {culprit.first_draw} to {last} of its pool 0)"
    assert message.startswith(located)
    assert "\n" not in message
    assert (tmp_path / f"{culprit}.log").stat().st_size == worker_pool.TRIES
    assert len(watched.notes) == worker_pool.TRIES - 1


def test_a_single_worker_is_told_to_wait_for_memory(watched: Run, tmp_path: Path) -> None:
    shards = plan(watched.setup.job)[:1]
    with pytest.raises(WorkerError, match=r"run the same command again, with --workers 1 when more memory is free$"):
        watched.run(doomed(shards, {shards[0]: ("kill", ALWAYS)}, tmp_path))


def test_many_shards_may_die_twice_each(watched: Run, tmp_path: Path) -> None:
    shards = plan(watched.setup.job, shard_draws=50)
    watched.run(doomed(shards, dict.fromkeys(shards, ("exit 1", 2)), tmp_path), workers=2)
    watched.check(shards)
    assert len(watched.notes) == 2 * len(shards)


@pytest.mark.parametrize("deed", ["stop", "loop natively and alone"])
def test_a_worker_without_a_sign_of_life_is_replaced(deed: str, watched: Run, tmp_path: Path) -> None:
    """Cases: the system has stopped the process, or native code lets no other thread run."""
    shards = plan(watched.setup.job, shard_draws=50)
    watched.run(doomed(shards, {shards[0]: (deed, 1)}, tmp_path), workers=2, limits=QUICK)
    watched.check(shards)
    (notice,) = watched.notes
    assert re.search(rf"shard {shards[0]} .* gave no sign of life for 2 s and was ended", notice)


def test_a_worker_that_does_not_read_its_task_is_replaced(setup: RunSetup) -> None:
    """The setup has a thousand languages, more than the connection's buffer holds."""
    handle = setup.corpora["python"]
    names = [f"language{number}" for number in range(1000)]
    many = {name: replace(handle, language=name, path=handle.path.with_name("x" * 200 + name)) for name in names}
    watched = Stopping(replace(setup, corpora={**setup.corpora, **many}))
    shards = plan(setup.job, shard_draws=50)
    watched.run(shards, workers=2, limits=replace(QUICK, start=4.0, shard=60.0))
    watched.check(shards)
    (notice,) = watched.notes
    assert "gave no sign of life for 4 s and was ended" in notice


@pytest.mark.parametrize("deed", ["sleep", "loop", "loop natively"])
def test_a_worker_that_is_alive_but_not_done_is_replaced(deed: str, watched: Run, tmp_path: Path) -> None:
    shards = plan(watched.setup.job, shard_draws=50)
    watched.run(doomed(shards, {shards[-1]: (deed, 1)}, tmp_path), workers=1, limits=QUICK)
    watched.check(shards)
    (notice,) = watched.notes
    assert re.search(rf"shard {shards[-1]} .* was not done after \d+ s and was ended", notice)


def test_a_shard_that_hangs_every_worker_ends_the_run(watched: Run, tmp_path: Path) -> None:
    shards = plan(watched.setup.job)[:1]
    with pytest.raises(WorkerError, match=r"no sign of life.*try 3 of 3; finished"):
        watched.run(doomed(shards, {shards[0]: ("stop", ALWAYS)}, tmp_path), limits=QUICK)


def test_time_in_which_the_coordinator_did_not_run_is_not_counted(watched: Run) -> None:
    """The workers did not run either, as on a suspended machine."""
    shards = plan(watched.setup.job, shard_draws=10)

    def suspend() -> None:
        if len(watched.results) in (1, 3):
            for number in (signal.SIGSTOP, signal.SIGCONT):
                for pid in watched.processes[-1]:
                    os.kill(pid, number)
                time.sleep(2 * QUICK.silence if number == signal.SIGSTOP else 0.0)

    watched.run(shards, workers=2, limits=QUICK, seen=suspend)
    watched.check(shards)
    assert watched.notes == []


@contextmanager
def killing(watched: Run, number: signal.Signals, seconds: Callable[[], float]) -> Iterator[list[int]]:
    """Sends signals to random workers at intervals, from the first result on."""
    ended, killed = threading.Event(), list[int]()
    choice = random.Random(int(os.environ["TEST_SEED"]))  # noqa: S311 - repeatable

    def kill() -> None:
        while not ended.wait(seconds()) and len(killed) < MOST_KILLS:
            if watched.results and (pids := alive(watched.processes[-1])):
                killed.append(choice.choice(pids))
                os.kill(killed[-1], number)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()


def test_killed_at_random_moments(watched: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_pool, "TRIES", 100)
    moments = random.Random(int(os.environ["TEST_SEED"]))  # noqa: S311 - repeatable
    shards = plan(watched.setup.job, shard_draws=2)
    with killing(watched, signal.SIGKILL, lambda: moments.uniform(0.0, 0.6)) as killed:
        watched.run(shards, workers=2, seen=lambda: time.sleep(0.02))
    watched.check(shards)
    assert killed
    assert len(watched.notes) <= len(killed)


def test_while_memory_is_short_workers_are_ended_one_by_one(watched: Run) -> None:
    shards = plan(watched.setup.job, shard_draws=10)
    watched.run(shards, workers=3, sources=readings(lambda: SHORT), seen=lambda: time.sleep(0.06))
    watched.check(shards)
    assert [len(pids) for pids in watched.processes] == [3, 2, 1]
    assert len(watched.notes) == 2
    for notice, count in zip(watched.notes, ["2 workers", "1 worker"], strict=True):
        assert re.match(
            r"memory is short \(a worker was seen to use 123\.0 MB; .* are free on this machine\): ", notice
        )
        assert f": {count} from now on" in notice


def test_the_last_worker_goes_on_when_memory_is_short(watched: Run) -> None:
    shards = plan(watched.setup.job, shard_draws=30)
    watched.run(shards, workers=1, sources=readings(lambda: SHORT), seen=lambda: time.sleep(0.06))
    watched.check(shards)
    assert watched.notes == []


@pytest.mark.parametrize("counter", ["rises", "is unknown", "stays"])
def test_an_oom_kill_means_one_worker_fewer(counter: str, watched: Run, tmp_path: Path) -> None:
    shards = plan(watched.setup.job, shard_draws=20)
    kills = {"rises": iter([7, 8]), "is unknown": iter([None, None]), "stays": iter([7, 7])}[counter]
    sources = readings(oom_kills=lambda: next(kills))
    watched.run(doomed(shards, {shards[0]: ("kill", 1)}, tmp_path), workers=2, sources=sources)
    watched.check(shards)
    fewer = counter != "stays"
    assert len(watched.processes[-1]) == (1 if fewer else 2)
    (notice,) = watched.notes
    assert ("1 worker from now on; a worker was seen to use" in notice) == fewer
    assert ("a new one takes its place" in notice) != fewer


def test_no_replacement_can_be_started(watched: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers that a limit of processes forbids are done without; the run ends with the last one."""
    shards = plan(watched.setup.job, shard_draws=20)

    def start(*_: object) -> worker_pool.Worker:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(worker_pool, "Worker", start)
    watched.run(doomed(shards, {shards[0]: ("exit 1", 1)}, tmp_path), workers=2)
    watched.check(shards)
    assert "1 worker from now on" in watched.notes[0]
    with pytest.raises(WorkerError, match="no worker process can be started"):
        Run(watched.setup).run(doomed(shards, {shards[1]: ("exit 1", ALWAYS)}, tmp_path), workers=1)


@pytest.mark.parametrize("refused", [{1}, {2}, {1, 2}], ids=str)
def test_a_refused_thread_means_one_worker_fewer(
    refused: set[int], watched: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The refused threads are numbered from 0 in the order of the workers; the other workers run all shards."""
    shards = plan(watched.setup.job, shard_draws=20)
    start, starts = threading.Thread.start, itertools.count()

    def start_or_refuse(thread: threading.Thread) -> None:
        if next(starts) in refused:
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", start_or_refuse)
        watched.run(shards, workers=3)
    watched.check(shards)
    told = "no thread can be started to give a worker process its shard (Resource temporarily unavailable); "
    left = ["2 workers", "1 worker"][: len(refused)]
    assert watched.notes == [f"{told}{workers} from now on" for workers in left]
    assert len(watched.processes[-1]) == 3 - len(refused)


def test_a_new_worker_that_cannot_be_given_its_shard(
    watched: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its process has started; the others go on."""
    shards = plan(watched.setup.job, shard_draws=75)
    real, post, made = worker_pool.Worker, worker_pool.Worker.post, list[worker_pool.Worker]()

    def make(number: int, limits: Limits) -> worker_pool.Worker:
        made.append(real(number, limits))
        return made[-1]

    def post_or_refuse(worker: worker_pool.Worker, *messages: object) -> None:
        if worker in made:
            raise BlockingIOError(11, "Resource temporarily unavailable")
        post(worker, *messages)

    monkeypatch.setattr(worker_pool, "Worker", make)
    monkeypatch.setattr(real, "post", post_or_refuse)
    watched.run(doomed(shards, {shards[0]: ("exit 1", 1), shards[1]: ("pause", 1)}, tmp_path), workers=2)
    watched.check(shards)
    assert len(made) == 1
    died, given_up = watched.notes
    assert "a new one takes its place" in died
    assert given_up.endswith("; 1 worker from now on")


class Killing(Watch):
    """Kills a worker after some shards."""

    def finished(self, shard: Shard) -> None:
        super().finished(shard)
        if len(self.done) in (3, 40):
            os.kill(self.pids[0], signal.SIGKILL)


def test_a_whole_run_with_deaths_has_the_same_bytes(tmp_path: Path) -> None:
    job = make_job(tmp_path)
    watch = Killing()
    run(job, tmp_path / "out.json", workers=2, shard_draws=2, watch=watch)
    run(job, tmp_path / "straight.json")
    assert sha256s(tmp_path / "out.json") == sha256s(tmp_path / "straight.json")
    assert watch.notes
