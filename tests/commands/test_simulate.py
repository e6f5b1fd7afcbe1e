"""`simulate`: a line for each number of workers, the same as JSON, and options that cannot be used."""

import json
from pathlib import Path
from typing import Any

import pytest
from support.places import Place, make_place

from tokstats_parallel.commands.main import main


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return make_place(tmp_path)


def simulate(place: Place, *options: str) -> int:
    job_options = place.options[: place.options.index("--workers")]
    return main(["simulate", "config.json", *job_options, *options])


def test_each_number_of_workers_has_a_line(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(place, "--num-batches", "200000", "--workers", "1,1024,10000") == 0
    printed = capsys.readouterr()
    run, costs, result, blank, title, *rows = printed.out.splitlines()
    assert run == "200,000 batches from python, go"
    assert costs.startswith("measured with ")
    assert result.startswith("expected result: ")
    assert blank == ""
    assert title.split()[:3] == ["workers", "shards", "draws"]
    assert [row.split()[0] for row in rows] == ["1", "1,024", "10,000"]
    assert len({len(line) for line in (title, *rows)}) == 1
    assert "measuring a few draws of each language" in printed.err


def test_json_has_the_costs_and_all_phases(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    assert simulate(place, "--num-batches", "3000", "--workers", "1,8", "--tasks", "1", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["schema_version"], answer["batches"], answer["config"]) == (1, 3000, "config.json")
    assert answer["costs"]["streams"].keys() == {"python", "go"}
    alone, eight = answer["timetables"]
    assert (alone["workers"], alone["speed_up"], alone["efficiency"]) == (1, 1.0, 1.0)
    assert eight["speed_up"] == pytest.approx(alone["seconds"] / eight["seconds"])
    assert eight["efficiency"] == pytest.approx(eight["speed_up"] / 8)
    phases = ("start", "shards", "check", "merge", "write")
    assert eight["seconds"] == pytest.approx(sum(eight[f"{phase}_seconds"] for phase in phases))


def test_nothing_is_converted_or_written(place: Place) -> None:
    before = sorted(path for path in place.folder.rglob("*"))
    assert simulate(place) == 0
    assert sorted(path for path in place.folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--workers", "auto"], "--workers 'auto': must be numbers from 1 to 1,000,000, such as 64 or 1,64,1024"),
        (["--workers", "1,,2"], "--workers '1,,2': must be numbers"),
        (["--workers", "0"], "--workers '0': must be numbers"),
        (["--workers", "2000000"], "--workers '2000000': must be numbers"),
        (["--tasks", "0"], "--tasks 0: must be at least 1"),
        (["--workers", "2", "--tasks", "3"], "--tasks 3: more than the 2 workers, of which each task needs one"),
        (["--workers", "2000", "--tasks", "1500"], "--tasks 1500: must be at least 1, and at most 1,000"),
    ],
)
def test_options_that_cannot_be_used_are_named(
    options: list[str], said: str, place: Place, capsys: pytest.CaptureFixture[Any]
) -> None:
    assert simulate(place, *options) == 2
    assert said in capsys.readouterr().err
