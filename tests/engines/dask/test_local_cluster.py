"""Dask on this machine: the bytes of the local engine, deaths named, no process left, no noise."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from soaking.folder import SoakFolder
from support.deadly import ALWAYS, VARIABLE, deadly
from support.paths import ROOT
from support.processes import child_processes
from support.runs import Watch, alive, make_job, make_setup, run, sha256s

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.dask.engine import DaskEngine
from tokstats_parallel.engines.dask.local_cluster import LocalCluster
from tokstats_parallel.engines.interface import Engine, RunSetup
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.plan import Shard, plan

PATIENCE = 60.0


@contextmanager
def no_process_stays() -> Iterator[None]:
    """Checks that all processes that start inside the block have ended with it."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert not [one for one in set(psutil.Process().children(recursive=True)) - before if alive([one.pid])]


class Killer(Watch):
    """Observer that kills a worker when some shards are finished."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self._after = after
        self.killed = 0

    def finished(self, shard: Shard) -> None:
        super().finished(shard)
        if len(self.done) == self._after:
            self.killed = self.pids[0]
            os.kill(self.killed, signal.SIGKILL)


def local_dask(workers: int = 2) -> DaskEngine:
    return DaskEngine(LocalCluster(workers))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


@pytest.fixture
def setup(job: Job, tmp_path: Path) -> RunSetup:
    return make_setup(job, tmp_path / "parts")


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    monkeypatch.setenv(VARIABLE, str(folder))
    return folder


def test_the_bytes_are_those_of_the_local_engine_though_a_worker_is_killed(tmp_path: Path) -> None:
    job, watch = make_job(tmp_path, num_batches=400), Killer(after=5)
    with no_process_stays():
        collected = run(job, tmp_path / "dask.json", engine=local_dask(), watch=watch, shard_draws=10)
    run(job, tmp_path / "local.json", workers=2, shard_draws=10)
    assert sha256s(tmp_path / "dask.json") == sha256s(tmp_path / "local.json")
    assert collected.facts.workers == 2
    (note,) = [note for note in watch.notes if "worker process" in note]
    assert "worker process was killed by SIGKILL (out of memory?); a new one takes its place" in note
    assert watch.killed not in watch.pids
    assert len(watch.pids) == 2


def test_a_shard_that_kills_each_worker_is_named(setup: RunSetup, logs: Path) -> None:
    shards = plan(setup.job, shard_draws=20)
    worst, watch = shards[2], Watch()
    message = (
        rf"^shard {worst} \(language {worst.language}, batches {worst.first_draw} to {worst.end - 1} of its pool 0\): "
        r"its worker process was killed by SIGKILL \(out of memory\?\), try 3 of 3; finished shards are kept: "
        r"run the same command again, with fewer --workers than 2$"
    )
    with no_process_stays(), pytest.raises(WorkerError, match=message), local_dask() as engine:
        list(engine.run(setup, deadly(shards, {worst: ALWAYS}, logs), watch))
    assert [note.rpartition("; ")[2] for note in watch.notes] == [
        "the shard is run again (try 2 of 3)",
        "the shard is run again (try 3 of 3)",
    ]
    assert (logs / str(worst)).stat().st_size == ALWAYS - 3


def test_a_shard_that_kills_two_workers_is_finished_by_the_third(setup: RunSetup, logs: Path) -> None:
    shards = plan(setup.job, shard_draws=20)
    with no_process_stays(), local_dask() as engine:
        results = list(engine.run(setup, deadly(shards, {shards[0]: 2}, logs), Watch()))
    assert sorted(str(shard) for shard, _ in results) == sorted(map(str, shards))
    assert all(path.exists() for _, path in results)


def test_a_second_run_goes_on(job: Job, tmp_path: Path) -> None:
    class Stopper(Watch):
        def finished(self, shard: Shard) -> None:
            super().finished(shard)
            if len(self.done) == 3:
                raise KeyboardInterrupt

    with no_process_stays(), suppress(KeyboardInterrupt):
        run(job, tmp_path / "out.json", engine=local_dask(), watch=Stopper(), shard_draws=20)
    assert len(list((tmp_path / "out.json.work").glob("*.partial"))) >= 3
    watch = Watch()
    run(job, tmp_path / "out.json", engine=local_dask(), watch=watch, shard_draws=20)
    assert len(watch.saved) >= 3
    run(job, tmp_path / "local.json", workers=2, shard_draws=20)
    assert sha256s(tmp_path / "out.json") == sha256s(tmp_path / "local.json")


def test_an_error_of_a_worker_is_that_of_the_local_engine(setup: RunSetup) -> None:
    gone = {name: replace(handle, path=handle.path / "gone") for name, handle in setup.corpora.items()}
    engines: list[Engine] = [local_dask(1), LocalEngine(1)]
    messages = []
    for engine in engines:
        with no_process_stays(), pytest.raises(WorkerError) as raised, engine:
            list(engine.run(replace(setup, corpora=gone), plan(setup.job)[:1], Watch()))
        messages.append(str(raised.value))
    assert messages[0] == messages[1]
    assert messages[0].startswith("shard ")


def test_no_shards_need_no_worker(setup: RunSetup) -> None:
    with no_process_stays(), local_dask(1) as engine:
        assert list(engine.run(setup, [], Watch())) == []


def test_a_dead_scheduler_ends_the_run(setup: RunSetup) -> None:
    watch = Watch()

    def run_and_kill(engine: Engine) -> None:
        for _ in engine.run(setup, plan(setup.job, shard_draws=1), watch):
            for child in child_processes():
                if child.pid not in watch.pids:
                    child.kill()

    message = r"^the scheduler of the local Dask cluster was killed by SIGKILL .*: run the same command again$"
    with no_process_stays(), pytest.raises(WorkerError, match=message), local_dask() as engine:
        run_and_kill(engine)


@pytest.fixture
def folder(tmp_path: Path) -> SoakFolder:
    return SoakFolder.make(tmp_path, batches=1500, size=20_000)


def started(folder: SoakFolder, output: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*folder.command(output), "--engine", "dask"],
        cwd=output.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -signal.SIGKILL)]
)
def test_a_signal_ends_all_processes(number: int, code: int, folder: SoakFolder, tmp_path: Path) -> None:
    output = tmp_path / "out.json"
    process = started(folder, output)
    deadline = time.monotonic() + PATIENCE
    while not list(tmp_path.glob("out.json.work/*.partial")):
        assert time.monotonic() < deadline
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    children = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
    assert len(children) >= 3
    process.send_signal(number)
    asked = time.monotonic()
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == code
    if number != signal.SIGKILL:
        assert time.monotonic() - asked < 3
        assert errors.splitlines()[-1].endswith("interrupted; the same command goes on from here")
    while alive(children):
        assert time.monotonic() < asked + PATIENCE
        time.sleep(0.02)
    assert list(tmp_path.glob("out.json.work/*.partial"))


def test_a_script_needs_no_guard_and_hears_nothing_of_dask(tmp_path: Path) -> None:
    SoakFolder.make(tmp_path, batches=24, size=2000)
    script = tmp_path / "script.py"
    script.write_text(
        "import logging, tokstats_parallel\n"
        "print('here')\n"
        "options = {'special_tokens': '<s>,</s>', 'eos_token': '</s>', 'cache_dir': 'cache'}\n"
        "tokstats_parallel.collect('config.json', 'out.json', num_batches=24, engine='dask', workers=2, **options)\n"
        "logging.getLogger('distributed.client').warning('as before')\n"
    )
    done = subprocess.run(
        [sys.executable, script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "here\n"), done.stderr
    assert done.stderr.endswith("WARNING - as before\n")
    assert done.stderr.count("\n") == 1
    assert (tmp_path / "out.json").exists()
