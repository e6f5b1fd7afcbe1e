"""Estimates of a run: near its real size and time, and in proportion."""

import json
import math
from dataclasses import asdict, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from support.places import Place
from support.validation import (
    job_of,
    report,
)

from tokstats_parallel.commands.main import main
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.validate import estimate
from tokstats_parallel.validate.measure import Measurements
from tokstats_parallel.validate.sample_result import SampleResult
from tokstats_parallel.validate.timed_draws import TimedDraws
from tokstats_parallel.validate.token_growth import EXPONENT_DECAY


@pytest.mark.parametrize(
    ("batches", "ratios"),  # of the tokens, of the JSON's size and of the Parquet's
    # Exact where all draws are measured; too many later, since corpora of 60 rows soon have no new token.
    [(1, (1.0, 1.0, 0.959)), (5, (0.910, 0.909, 0.890)), (400, (1.893, 1.909, 2.033))],
)
def test_the_estimate_is_near_the_run(
    batches: int, ratios: tuple[float, float, float], place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """The sizes have known ratios to the sizes of the run; seconds are within a factor of 5."""
    expected = report(place, quick=False, num_batches=batches).estimate
    assert expected
    words = [*place.options, "--num-batches", str(batches), "--output-file", "out.json", "--json"]
    assert main(["collect", str(place.config), *words]) == 0
    result = json.loads(capsys.readouterr().out)
    assert expected.tokens / result["unique_tokens"] == pytest.approx(ratios[0], rel=0.001)
    assert expected.json_bytes / Path("out.json").stat().st_size == pytest.approx(ratios[1], rel=0.001)
    assert expected.parquet_bytes / Path("out.parquet").stat().st_size == pytest.approx(ratios[2], rel=0.02)
    # A run of so few seconds is mostly the start of processes, on machines that have other things to do.
    assert 0.2 < expected.seconds / result["seconds"] < 5


@pytest.mark.parametrize("held_bytes", [0, 1000])
def test_an_estimate_worked_by_hand(held_bytes: int, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker; 24 draws are measured of each language, of which the run draws python 24 times and go 48 times."""
    costs = SampleResult(seconds=0.01, json_bytes=20.0, parquet_bytes=7.0, distinct_share=0.5)
    monkeypatch.setattr(SampleResult, "of", lambda _job, _timings: costs)
    python = replace(timing(), language="python", partial_bytes=600)
    go = replace(timing(), fill_seconds=2.0, wall_seconds=20.0, partial_bytes=900, tokens=300, fewer_tokens=100)
    measured = Measurements(timings={"python": python, "go": go}, start_seconds=3.0, worker_bytes=10**6)
    shards = (Shard("go", 0, 0, 24), Shard("go", 0, 24, 24), Shard("python", 0, 0, 24))
    job, planned = job_of(place), estimate.ScaledPlan(shards, 1.0)
    result = estimate.estimate(
        job, planned, measured, workers=1, setup_seconds=2.0, read_seconds=7.0, held_bytes=held_bytes
    )
    # Of go, three times the draws had three times the tokens; twice the draws have 2 ** 0.961 times as many.
    tokens = (200 + 584) // 2
    assert asdict(result) == pytest.approx(
        {
            "workers": 1,
            "start_seconds": 12.0 if held_bytes else 5.0,
            "convert_seconds": 7.0,
            "draw_seconds": (1 + 24 * 0.5 + 2 + 48 * 0.5) * 33 / 26,
            "write_seconds": 0.01 * tokens,
            "worker_bytes": 1_300_000 + held_bytes,
            "tokens": tokens,
            "json_bytes": 20 * tokens,
            "parquet_bytes": 7 * tokens,
            "partial_bytes": 600 + 2 * 900,
        }
    )


def test_a_run_twice_as_long_draws_twice_as_long() -> None:
    """One worker fills the pool once, however long the run is."""
    fill = timing().fill_seconds
    seconds = [estimate._makespan(planned(batches), {"go": timing()}, 1) for batches in (64 * 10, 64 * 20)]
    assert math.isclose(2 * (seconds[0] - fill), seconds[1] - fill)


def test_workers_share_the_shards() -> None:
    """Each worker fills the pool once, since its second shard begins where its first one ends."""
    fill, draws = 1.0, 64 * 0.5
    seconds = [estimate._makespan(planned(64 * 3), {"go": timing()}, workers) for workers in (1, 2, 3, 9)]
    assert seconds == [fill + 3 * draws, fill + 2 * draws, fill + draws, fill + draws]


def test_tokens_are_exact_where_measured_and_grow_ever_more_slowly() -> None:
    counts = [timing().growth.after(draws) for draws in (24, 48, 96, 192, 10**9)]
    assert counts[0] == 200
    growth = [later / earlier for earlier, later in pairwise(counts)]
    assert growth[0] > growth[1] > growth[2] > 1
    assert counts[-1] < 200 * 2 ** (1 / EXPONENT_DECAY)


def test_a_very_long_run_is_estimated_in_proportion(place: Place) -> None:
    job = replace(job_of(place), num_batches=2**32)
    draws = estimate.ScaledPlan.of(job, 1).draws()
    assert math.isclose(sum(draws.values()), 2**32)


def test_a_language_that_was_not_reached_counts_as_the_others(place: Place) -> None:
    job = job_of(place)
    only = Measurements(timings={"go": replace(timing(), segment=b"")}, start_seconds=0, worker_bytes=10**8)
    options: dict[str, Any] = {"workers": 1, "setup_seconds": 0, "read_seconds": 0, "held_bytes": 0}
    expected = estimate.estimate(job, estimate.ScaledPlan.of(job, 1), only, **options)
    streams = {shard.language for shard in plan(job)}
    assert math.isclose(expected.draw_seconds, len(streams) * 1.0 + 1000 * 0.5)
    assert expected.worker_bytes == 130_000_000


def planned(draws: int) -> estimate.ScaledPlan:
    shards = [Shard("go", 0, first, 64) for first in range(0, draws, 64)]
    return estimate.ScaledPlan(tuple(shards), 1.0)


def timing() -> TimedDraws:
    return TimedDraws(
        language="go",
        fill_seconds=1.0,
        draw_seconds=0.5,
        wall_seconds=13.0,
        cpu_seconds=13.0,
        draws=24,
        segment=b"",
        partial_bytes=0,
        tokens=200,
        fewer_tokens=150,
    )
