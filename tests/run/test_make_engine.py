"""Make engine: each name gives its engine, and words that do not fit are refused in one line."""

from unittest.mock import patch

import pytest
from support.runs import Watch, small_job

from tokstats_parallel.engines.dask.engine import DaskEngine
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.run.make_engine import engine_maker

ADDRESS = "tcp://127.0.0.1:8786"


def test_each_name_has_its_engine() -> None:
    watch = Watch()
    local = engine_maker("local", workers="2")(small_job(), watch)
    assert isinstance(local, LocalEngine)
    dask = engine_maker("dask", workers="2")(small_job(), watch)
    assert isinstance(dask, DaskEngine)
    assert (local.workers, dask.workers) == (2, 2)
    assert watch.notes == ["workers: 2, as asked"] * 2
    assert isinstance(engine_maker("dask", workers="auto", scheduler=ADDRESS)(small_job(), watch), DaskEngine)
    assert len(watch.notes) == 2


@pytest.mark.parametrize(
    ("engine", "workers", "scheduler", "message"),
    [
        ("ray", "auto", None, r"^--engine 'ray': must be local or dask \(slurm: by the command `tokstats collect`\)$"),
        ("local", "auto", ADDRESS, r"^--scheduler: is an option of --engine dask; add it, or leave --scheduler out$"),
        ("dask", "2", ADDRESS, r"^--workers and --scheduler: .*; leave one of both out$"),
        ("dask", "none", None, r"^--workers 'none': "),
    ],
)
def test_words_that_do_not_fit(engine: str, workers: str, scheduler: str | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        engine_maker(engine, workers=workers, scheduler=scheduler)


def test_without_the_extra() -> None:
    message = r"^--engine dask: its package is missing; run `pip install 'tokstats-parallel\[dask\]'`$"
    with (
        patch("tokstats_parallel.run.make_engine.find_spec", return_value=None),
        pytest.raises(ConfigError, match=message),
    ):
        engine_maker("dask", workers="auto")
