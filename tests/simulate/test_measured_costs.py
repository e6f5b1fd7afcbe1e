"""Measured costs: sizes are exactly those of partials and results, and times are those that were measured."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from support.places import Place
from support.runs import run
from support.validation import TYPED_OPTIONS

from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.errors import ConfigError, CorpusError, WorkerError
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.simulate import measured_costs
from tokstats_parallel.simulate.measured_costs import TIMED_DRAWS, MeasuredRun, measure_costs
from tokstats_parallel.simulate.timetable import timetable
from tokstats_parallel.validate import measure
from tokstats_parallel.validate.measure import Measurements


def measured(place: Place, notes: list[str] | None = None, **options: Any) -> MeasuredRun:
    request = JobRequest(config=place.config, **(TYPED_OPTIONS | options))
    lines = [] if notes is None else notes
    return measure_costs(request, cache_dir=place.folder / "cache", use_cache=True, notify=lines.append)


def test_sizes_are_those_of_a_run_of_the_timed_draws(place: Place) -> None:
    """A run of one language draws what is timed, so its partial and its result have the simulated sizes."""
    found = measured(place, assignments=("langs=go",), num_batches=TIMED_DRAWS)
    job, work = found.job, place.folder / "kept"
    collected = run(job, OutputPaths.of(Path("out.json"), work), keep_work=True, cache_dir=place.folder / "cache")
    expected = timetable(job, found.costs, 1)
    assert expected.tokens == collected.written.totals.tokens
    (partial,) = work.glob("go.*")
    # The heads name the job and the corpus, which those of the measured partials do not.
    assert expected.written_bytes == pytest.approx(partial.stat().st_size, abs=300)
    files = (collected.output.json, collected.output.parquet)
    assert expected.result_bytes == pytest.approx(sum(path.stat().st_size for path in files), rel=0.05)


def test_every_part_of_a_run_takes_time(place: Place) -> None:
    notes: list[str] = []
    costs = measured(place, notes).costs
    assert costs.streams.keys() == {"python", "go"}
    for stream in costs.streams.values():
        assert min(stream.fill_seconds, stream.draw_seconds) > 0
        assert stream.growth.draws == TIMED_DRAWS
    assert min(costs.start_seconds, costs.save_seconds, costs.check_seconds, costs.write_seconds) > 0
    assert notes[-1] == "measuring a few draws of each language, for at most 20 s"


def test_languages_that_share_a_pool_have_one_stream(place: Place) -> None:
    found = measured(place, assignments=("shared_pool=true",))
    assert found.costs.streams.keys() == {"shared"}
    assert timetable(found.job, found.costs, 2).shards > 1


def test_a_language_that_was_not_reached_counts_as_the_others(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    real = measure.measure

    def first_only(*words: Any, **options: Any) -> Measurements:
        found = real(*words, **options)
        return replace(found, timings=dict(list(found.timings.items())[:1]))

    monkeypatch.setattr(measured_costs, "measure", first_only)
    python, go = measured(place).costs.streams.values()
    assert python == go


def test_draws_that_take_too_long_are_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = Measurements(timings={}, start_seconds=0.1, worker_bytes=1)
    monkeypatch.setattr(measured_costs, "measure", lambda *_words, **_options: nothing)
    with pytest.raises(WorkerError, match=r"a few draws of \w+ took more than 20 s; make the pools or texts smaller"):
        measured(place)


def test_a_language_without_rows_that_can_be_read_is_named(place: Place) -> None:
    path = place.folder / "train" / "go.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["text"]), path)
    with pytest.raises(CorpusError, match=r"go\.parquet"):
        measured(place)


def test_a_config_without_data_is_refused(place: Place) -> None:
    shutil.rmtree(place.folder / "train")
    with pytest.raises((ConfigError, CorpusError), match="train"):
        measured(place)
