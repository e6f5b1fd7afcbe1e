"""Engine interface: one class by the recipe of CONTRIBUTING is an engine, and a run uses nothing else of it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import pytest
from support.runs import Watch, make_job, run, sha256s

from tokstats_parallel.engines.attempt import attempt
from tokstats_parallel.engines.interface import Engine, RunSetup
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.engines.open_corpora import OpenCorpora
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.run_shard import ShardWorker


class InProcessEngine:
    """Engine that runs shards in this process, the last ones first."""

    workers = 1
    shares_folder = False

    def __init__(self, *, most: int = 10**9) -> None:
        """Fails after `most` shards."""
        self.events: list[str] = []
        self._most = most

    def __enter__(self) -> Self:
        self.events.append("enter")
        return self

    def __exit__(self, *_: object) -> None:
        self.events.append("exit")

    def run(self, setup: RunSetup, shards: Sequence[Shard], observer: Observer) -> Iterator[tuple[Shard, Path]]:
        worker, corpora = ShardWorker(setup.job), OpenCorpora(setup.corpora)
        for number, shard in enumerate(reversed(shards)):
            if number == self._most:
                raise WorkerError(f"shard {shard}: no more")
            _, path, failure = attempt(setup, shard, worker, corpora)
            if not path:
                raise WorkerError(f"shard {shard}: {failure}")
            observer.note(f"runs {shard}")
            yield shard, path


def test_an_engine_of_one_class_gives_the_same_bytes(tmp_path: Path) -> None:
    job, engine, watch = make_job(tmp_path), InProcessEngine(), Watch()
    collected = run(job, tmp_path / "out.json", engine=engine, watch=watch, shard_draws=20)
    run(job, tmp_path / "local.json", workers=2)
    assert sha256s(tmp_path / "out.json") == sha256s(tmp_path / "local.json")
    assert engine.events == ["enter", "exit"]
    assert [note for note in watch.notes if note.startswith("runs ")] == [f"runs {shard}" for shard in watch.done]
    assert collected.facts.workers == 1


def test_an_engine_that_fails_is_left_and_a_run_by_another_goes_on(tmp_path: Path) -> None:
    job, engine = make_job(tmp_path), InProcessEngine(most=3)
    with pytest.raises(WorkerError, match="no more"):
        run(job, tmp_path / "out.json", engine=engine, shard_draws=20)
    assert engine.events == ["enter", "exit"]
    watch = Watch()
    run(job, tmp_path / "out.json", watch=watch, shard_draws=20)
    assert len(watch.saved) == 3


def test_engines_are_engines() -> None:
    """The type checker compares the classes with the protocol."""
    engines: list[Engine] = [InProcessEngine(), LocalEngine(1)]
    assert [engine.workers for engine in engines] == [1, 1]
