"""Dask that others have started: the bytes of the local engine, refusals in one line, nothing left under way."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from support.dask_cluster import PATIENCE, DaskCluster, dask_cluster
from support.deadly import ALWAYS, VARIABLE, deadly
from support.runs import Watch, make_job, make_setup, run, sha256s

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.dask import engine as engine_module
from tokstats_parallel.engines.dask import existing_cluster, task
from tokstats_parallel.engines.dask.engine import DaskEngine
from tokstats_parallel.engines.dask.existing_cluster import ExistingCluster, Patience
from tokstats_parallel.engines.dask.versions import versions
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.errors import ConfigError, WorkerError
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.plan import plan
from tokstats_parallel.system.atomic import temporary_path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    """Scheduler with two worker processes, one of which has two threads."""
    folder = tmp_path_factory.mktemp("dask") / "cluster"
    with dask_cluster(folder, [["--nthreads", "1"], ["--nthreads", "2"]]) as cluster:
        wait_for_threads(cluster, 3)
        yield cluster


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return make_job(tmp_path)


@pytest.fixture
def setup(job: Job, tmp_path: Path) -> RunSetup:
    return make_setup(job, tmp_path / "parts")


def wait_for_threads(cluster: DaskCluster, threads: int) -> None:
    from distributed import Client  # noqa: PLC0415 - few tests need it

    with Client(cluster.address, set_as_default=False) as client:
        wait_until(lambda: sum(client.nthreads().values()) == threads)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def existing(cluster: DaskCluster, **patience: float) -> DaskEngine:
    return DaskEngine(ExistingCluster(cluster.address, patience=Patience(**patience)))


def test_the_bytes_are_those_of_the_local_engine(cluster: DaskCluster, tmp_path: Path) -> None:
    """The chains are long, and the worker with two threads has two pools."""
    job, watch = make_job(tmp_path, num_batches=400), Watch()
    collected = run(job, tmp_path / "dask.json", engine=existing(cluster), watch=watch, shard_draws=10)
    run(job, tmp_path / "local.json", workers=2, shard_draws=10)
    assert sha256s(tmp_path / "dask.json") == sha256s(tmp_path / "local.json")
    assert collected.facts.workers == 3
    assert watch.pids == []


def test_all_languages_in_one_pool(cluster: DaskCluster, tmp_path: Path) -> None:
    job = make_job(tmp_path, pooling=Pooling.MIXED)
    run(job, tmp_path / "dask.json", engine=existing(cluster), use_cache=False, shard_draws=20)
    run(job, tmp_path / "local.json", shard_draws=20)
    assert sha256s(tmp_path / "dask.json") == sha256s(tmp_path / "local.json")


def test_when_the_block_ends_nothing_of_the_run_is_executed(cluster: DaskCluster, setup: RunSetup) -> None:
    """The shards under way save no partial, and the cluster serves the next run."""
    shards = plan(replace(setup.job, num_batches=20_000), shard_draws=500)
    with suppress(KeyboardInterrupt), existing(cluster) as engine:
        for _ in engine.run(setup, shards, Watch()):
            raise KeyboardInterrupt
    saved = sorted(setup.partials_folder.iterdir())
    assert 1 <= len(saved) < len(shards) / 2
    assert not [path for path in saved if path.suffix != ".partial"]
    time.sleep(1)  # a shard takes less
    assert sorted(setup.partials_folder.iterdir()) == saved
    with existing(cluster) as engine:
        assert len(list(engine.run(setup, shards[:4], Watch()))) == 4


def test_an_error_of_a_worker_ends_the_run(cluster: DaskCluster, setup: RunSetup) -> None:
    gone = {name: replace(handle, path=handle.path / "gone") for name, handle in setup.corpora.items()}
    with pytest.raises(WorkerError, match=r"^shard \w+\.0\.\d+-\d+: \S+/gone: "), existing(cluster) as engine:
        list(engine.run(replace(setup, corpora=gone), plan(setup.job), Watch()))


def test_other_versions_are_refused(cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheduler is asked first."""
    others = tuple((name, 99 if name == "sampling version" else value) for name, value in versions())
    monkeypatch.setattr(existing_cluster, "versions", lambda: others)
    message = (
        rf"^the Dask scheduler {cluster.address} cannot run this program's shards "
        r"\(sampling version \d+ there, 99 here\); install the same version there$"
    )
    with pytest.raises(WorkerError, match=message), existing(cluster):
        pass


def test_a_worker_that_comes_later_is_asked_by_each_shard(setup: RunSetup) -> None:
    others = tuple((name, 99 if name == "format of partials" else value) for name, value in versions())
    state = task.RunState("a run", setup, "a host", others)
    with pytest.raises(WorkerError, match=r"has another program \(format of partials \d+ there, 99 here\)$"):
        task.run_task(state, plan(setup.job)[0], None, is_followed=False)
    assert list(setup.partials_folder.iterdir()) == []


def test_a_worker_without_the_folder_is_refused(
    cluster: DaskCluster, setup: RunSetup, monkeypatch: pytest.MonkeyPatch
) -> None:
    class OtherPath(type(Path())):  # type: ignore[misc]
        """Path that is another one in other processes."""

        def __reduce__(self) -> tuple[object, ...]:
            return Path, (f"{self}-elsewhere",)

    monkeypatch.setattr(
        "tokstats_parallel.engines.dask.probe.temporary_path", lambda *arguments: OtherPath(temporary_path(*arguments))
    )
    message = (
        rf"^{setup.partials_folder}: the Dask worker tcp://\S+ on \S+ does not see this folder "
        r"\(No such file or directory\); give --work-dir a folder on a disk that all machines share, "
        r"under the same path$"
    )
    with pytest.raises(WorkerError, match=message), existing(cluster) as engine:
        list(engine.run(setup, plan(setup.job), Watch()))
    assert list(setup.partials_folder.iterdir()) == []


def test_a_partial_that_does_not_appear(cluster: DaskCluster, setup: RunSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "APPEARANCE_SECONDS", 0.5)
    monkeypatch.setattr(engine_module, "SUFFIX", ".elsewhere")
    with (
        pytest.raises(WorkerError, match=r"was written by a Dask worker, but is not to be seen here; give --work-dir "),
        existing(cluster) as engine,
    ):
        list(engine.run(setup, plan(setup.job), Watch()))


@pytest.mark.parametrize("address", ["nonsense", "tcp://", "here:there", "tcp://here:there", "ftp://here:1"])
def test_a_word_that_is_no_address(address: str) -> None:
    with pytest.raises(ConfigError, match=r"is no address of a scheduler"), DaskEngine(ExistingCluster(address)):
        pass


def test_no_scheduler() -> None:
    """Nothing listens at the first address; at the second, a program that says nothing."""
    with socket.socket() as dumb:
        dumb.bind(("127.0.0.1", 0))
        dumb.listen()
        for port in (1, dumb.getsockname()[1]):
            cluster = ExistingCluster(f"tcp://127.0.0.1:{port}", patience=Patience(connect=0.5))
            message = rf"^--scheduler tcp://127.0.0.1:{port}: no Dask scheduler has answered for 0.5 s; start it "
            with pytest.raises(WorkerError, match=message), DaskEngine(cluster):
                pass


def test_workers_and_schedulers_that_go_away(tmp_path: Path, setup: RunSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cluster for three deaths: of a shard's workers, of the only worker, of the scheduler."""
    logs = tmp_path / "logs"
    logs.mkdir()
    monkeypatch.setenv(VARIABLE, str(logs))
    shards = plan(setup.job, shard_draws=20)
    with dask_cluster(tmp_path / "cluster", []) as cluster:
        message = r"has had no workers for 0\.2 s; start some \(`dask worker tcp:"
        with pytest.raises(WorkerError, match=message), existing(cluster, first_workers=0.2):
            pass

        cluster.add_worker("--nthreads", "1")
        message = (
            rf"^shard {shards[1]} \(language .*\): its Dask worker died, 4 times in a row "
            r"\(the last one: Worker process \d+ was killed by signal 9\); finished shards are kept"
        )
        with pytest.raises(WorkerError, match=message), existing(cluster) as engine:
            list(engine.run(setup, deadly(shards, {shards[1]: ALWAYS}, logs), Watch()))

        watch = Watch()
        message = r"has had no workers for 0\.5 s"
        with pytest.raises(WorkerError, match=message), existing(cluster, new_workers=0.5, look=0.1) as engine:
            harm(engine, setup, watch, lambda: os.killpg(cluster.workers[0].pid, signal.SIGKILL))
        assert watch.notes == ["the Dask scheduler has no workers now; the run waits up to 0.5 s for new ones"]

        cluster.add_worker("--nthreads", "1")
        message = rf"^{cluster.address}: the Dask scheduler has gone, or has given the run up; see to it; "
        with pytest.raises(WorkerError, match=message), existing(cluster) as engine:
            harm(engine, setup, Watch(), cluster.scheduler.kill)


def harm(engine: DaskEngine, setup: RunSetup, watch: Watch, deed: Callable[[], object]) -> None:
    """Runs many shards, and does the deed after the first one."""
    shards = plan(replace(setup.job, num_batches=20_000), shard_draws=50)
    for number, _ in enumerate(engine.run(setup, shards, watch)):
        if number == 0:
            deed()
