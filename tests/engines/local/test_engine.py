"""Local engine: every shard is run once, every death is noticed and named, no process is left."""

import errno
import os
import pickle
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Timer

import psutil
import pytest
from soaking.folder import SoakFolder
from support.paths import ROOT
from support.processes import child_processes
from support.results import counted
from support.runs import Watch, alive, line_of, make_job, make_setup, pids_of, run, victim, without_threads

from tokstats_parallel.config.job import Job
from tokstats_parallel.corpus.corpus import open_handle
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.engines.local import engine
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.engines.local.watchdog import Limits
from tokstats_parallel.engines.local.worker_pool import TRIES, Worker
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.partial import check
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.run_shard import run_shard

# Draws of a shard that no test waits for.
ENDLESS = 10_000_000
# For what comes at once where it comes at all, on a machine that may be busy; less than until a worker counts as hung.
PATIENCE = 25.0


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


@pytest.fixture
def setup(job: Job, tmp_path: Path) -> RunSetup:
    return make_setup(job, tmp_path / "parts")


@contextmanager
def no_process_stays() -> Iterator[None]:
    """Checks that all processes that start inside the block have ended with it."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert not {child for child in set(psutil.Process().children(recursive=True)) - before if alive([child.pid])}


class Listener(Watch):
    """Observer that calls a function with the processes."""

    def __init__(self, working: Callable[[Sequence[int]], object]) -> None:
        super().__init__()
        self._working = working

    def working(self, pids: Sequence[int]) -> None:
        self._working(pids)


def running(
    setup: RunSetup,
    workers: int,
    shards: Sequence[Shard],
    working: Callable[[Sequence[int]], object] = lambda _pids: None,
) -> Generator[tuple[Shard, Path]]:
    with LocalEngine(workers) as engine:
        yield from engine.run(setup, shards, Listener(working))


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_every_shard_is_given_once_with_its_partial(workers: int, setup: RunSetup) -> None:
    shards = plan(setup.job, shard_draws=50)
    assert len(shards) == 4, "fewer shards than the most workers"
    pids: list[int] = []
    with no_process_stays():
        results = list(running(setup, workers, shards, pids.extend))
    assert sorted(shard for shard, _ in results) == sorted(shards)
    assert len(set(pids)) == min(workers, len(shards))
    assert not alive(pids)
    fingerprints = {name: handle.fingerprint for name, handle in setup.corpora.items()}
    for shard, path in results:
        partial = check(path, job_digest=setup.job_digest, fingerprints=fingerprints)
        assert partial.shard == shard
        here = run_shard(setup.job, shard, [open_handle(setup.corpora[shard.language])])
        assert counted(shard, path.read_bytes()[partial.segments[0].start :], partial.shortfall) == here


def test_too_few_files_for_the_workers(tmp_path: Path) -> None:
    """The error is one line under every limit; without a limit the same command goes on."""
    output = tmp_path / "out.json"
    command = SoakFolder.make(tmp_path, batches=24, size=2000).command(output)
    command[command.index("--workers") + 1] = "64"

    def collected(most: int | None) -> subprocess.CompletedProcess[str]:
        def limit() -> None:
            if most:
                resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

        return subprocess.run(
            command,
            check=False,
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            preexec_fn=limit,
            capture_output=True,
            text=True,
        )

    for most in (10, 12, 15):
        failed = collected(most)
        assert failed.returncode == 1
        assert failed.stderr.count("\n") == 1
        assert "worker processes can be started (Too many open files)" in failed.stderr
        assert failed.stderr.endswith("with fewer --workers than 7 or after a higher `ulimit -n`\n")
        assert not output.exists()
    assert collected(None).returncode == 0


def test_too_few_processes_for_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The processes that have started are ended."""

    def start(number: int, limits: Limits) -> Worker:
        if number == 2:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return Worker(number, limits)

    monkeypatch.setattr(engine, "Worker", start)
    message = r"^only 2 of 5 worker processes can be started \(Resource temp.*, with fewer --workers .* `ulimit -u`$"
    with no_process_stays(), pytest.raises(WorkerError, match=message), LocalEngine(5):
        pass


def test_no_thread_for_a_shard(setup: RunSetup) -> None:
    """The error comes after all processes have started."""
    message = r"^no thread can be started to give .*, with fewer --workers than 2 or after a higher `ulimit -u`$"
    with (
        no_process_stays(),
        LocalEngine(2) as engine,
        without_threads(),
        pytest.raises(WorkerError, match=message),
    ):
        list(engine.run(setup, plan(setup.job), Watch()))


def test_a_worker_loads_nothing_heavy(setup: RunSetup) -> None:
    """Heavy imports would take longer than the first batches."""
    program = (
        "import pickle, sys\n"
        "from pathlib import Path\n"
        "from tokstats_parallel.engines.open_corpora import OpenCorpora\n"
        "from tokstats_parallel.engines.attempt import attempt\n"
        "from tokstats_parallel.shards.run_shard import ShardWorker\n"
        "setup, shard = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "assert attempt(setup, shard, ShardWorker(setup.job), OpenCorpora(setup.corpora))[2] is None\n"
        "print(*sys.modules)"
    )
    asked = setup.partials_folder.with_suffix(".pickle")
    asked.write_bytes(pickle.dumps((setup, plan(setup.job)[0])))
    done = subprocess.run([sys.executable, "-c", program, asked], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert "tokstats_parallel.shards.run_shard" in loaded
    heavy = {"pyarrow", "numpy", "pydantic", "rich", "cyclopts", "transformers", "psutil", "http.client", "ssl"}
    assert not heavy & loaded


def test_no_shards_need_no_process(setup: RunSetup) -> None:
    with no_process_stays():
        pids: list[int] = []
        assert list(running(setup, 3, [], pids.extend)) == []
    assert pids == []


def children() -> list[int]:
    """Returns the ids of the child processes."""
    return [child.pid for child in child_processes()]


def test_processes_begin_with_the_block_and_end_with_the_run(setup: RunSetup) -> None:
    with LocalEngine(2) as engine:
        assert len(children()) == 2
        assert len(list(engine.run(setup, plan(setup.job), Watch()))) == len(plan(setup.job))
        assert children() == []


def test_without_a_run_processes_end_with_the_block() -> None:
    with no_process_stays(), suppress(KeyboardInterrupt), LocalEngine(2):
        assert len(children()) == 2
        raise KeyboardInterrupt


def test_a_worker_killed_before_the_run(setup: RunSetup) -> None:
    """A worker that dies while the corpora are opened is replaced."""
    watch = Watch()
    with no_process_stays(), LocalEngine(1) as engine:
        pids = children()
        os.kill(pids[0], signal.SIGKILL)
        while alive(pids):
            time.sleep(0.01)
        assert len(list(engine.run(setup, plan(setup.job), watch))) == len(plan(setup.job))
    assert len(watch.notes) == 1
    assert "None" not in watch.notes[0]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_worker_killed_again_and_again_at_work_is_named(number: signal.Signals, setup: RunSetup) -> None:
    """Its shard would take hours, so it is at work when it is killed."""
    shards = [Shard("python", 0, 0, ENDLESS), Shard("markdown", 0, 0, ENDLESS - 1)]
    moments: list[float] = []

    def kill(pid: int) -> None:
        moments.append(time.monotonic())
        os.kill(pid, number)

    with no_process_stays():
        message = rf"python\.0\.0-{ENDLESS} \(language python, batches 0 to {ENDLESS - 1} .*{number.name}.*try 3 of 3"
        with pytest.raises(WorkerError, match=message) as caught:
            list(running(setup, 2, shards, lambda pids: Timer(0.5, kill, pids[:1]).start()))
        assert len(moments) == TRIES
        assert time.monotonic() - moments[-1] < PATIENCE
    assert "\n" not in str(caught.value)


def test_a_worker_killed_before_it_has_a_shard(setup: RunSetup) -> None:
    def kill(pids: Sequence[int]) -> None:
        os.kill(pids[0], signal.SIGKILL)
        while alive(pids):
            time.sleep(0.01)

    with no_process_stays(), pytest.raises(WorkerError, match="SIGKILL"):
        list(running(setup, 1, plan(setup.job), kill))


def test_a_failing_shard_is_named(setup: RunSetup) -> None:
    """The message names the shard and the cache file, which is gone."""
    gone = setup.corpora["markdown"].path
    gone.unlink()
    with no_process_stays(), pytest.raises(WorkerError, match=rf"shard markdown\.0\..*{gone.name}"):
        list(running(setup, 2, plan(setup.job)))


def damage(handle: CorpusHandle) -> None:
    """Puts a byte that is not UTF-8 into a row's text."""
    raw = handle.path.read_bytes()
    place = raw.rindex("汉".encode())
    handle.path.write_bytes(raw[:place] + b"\xff" + raw[place + 1 :])


def test_a_bad_row_is_named(setup: RunSetup) -> None:
    damage(setup.corpora["python"])
    with no_process_stays(), pytest.raises(WorkerError, match=r"shard python\.0\..*row \d+") as caught:
        list(running(setup, 2, plan(setup.job)))
    assert "\n" not in str(caught.value)


def test_partials_that_cannot_be_saved_are_a_failure(setup: RunSetup) -> None:
    lost = replace(setup, partials_folder=setup.partials_folder / "missing")
    with no_process_stays(), pytest.raises(WorkerError, match=r"shard \w+\..*missing"):
        list(running(lost, 1, plan(lost.job)[:1]))


def test_a_run_that_is_left_early_stops_its_workers(setup: RunSetup) -> None:
    shards = [Shard(name, 0, *draws) for name in ("markdown", "python") for draws in ((0, 5), (5, ENDLESS))]
    shards.append(Shard("python", 1, 0, ENDLESS))
    pids: list[int] = []
    with no_process_stays():
        results = running(setup, 2, shards, pids.extend)
        assert isinstance(results, Generator)
        assert next(results)[0].draws == 5
        assert len(alive(pids)) == 2
        begun = time.monotonic()
        results.close()
        assert time.monotonic() - begun < PATIENCE
        assert not alive(pids)


@pytest.mark.parametrize("seconds", [0.0, 0.1, 0.2, 0.7])
def test_workers_leave_ctrl_c_to_the_coordinator(
    seconds: float, setup: RunSetup, capfd: pytest.CaptureFixture[str]
) -> None:
    """A terminal sends Ctrl-C to all processes: no worker dies or prints anything, not even while it starts."""
    shards = plan(setup.job, shard_draws=5)

    def interrupt(pids: Sequence[int]) -> None:
        time.sleep(seconds)
        for pid in pids:
            os.kill(pid, signal.SIGINT)

    assert len(list(running(setup, 2, shards, interrupt))) == len(shards)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(("shard_draws", "stopped"), [(ENDLESS, False), (1, False), (ENDLESS, True)])
def test_no_worker_outlives_a_killed_coordinator(shard_draws: int, stopped: bool, tmp_path: Path) -> None:
    """Cases: in the middle of a long shard, with a result every millisecond, and stopped."""
    job = make_job(tmp_path, num_batches=2_000_000 if shard_draws > 1 else 20_000)
    with victim(job, tmp_path / "out.json", shard_draws) as process:
        pids = pids_of(process)
        if shard_draws == 1:
            assert line_of(process).startswith("finished")
        else:
            time.sleep(0.7)
        assert len(alive(pids)) == 2
        if stopped:
            os.kill(pids[0], signal.SIGSTOP)
        process.kill()
        process.communicate()
    deadline = time.monotonic() + PATIENCE
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(pids)


def test_a_whole_run_leaves_no_process(job: Job, tmp_path: Path) -> None:
    with no_process_stays():
        run(job, tmp_path / "out.json", workers=2)
