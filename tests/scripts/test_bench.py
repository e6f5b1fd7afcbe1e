"""The benchmark: its table, its results, its made-up texts; the measured figures are not judged."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from benchmark.answers import measure_answers
from benchmark.process import BenchmarkError, run
from benchmark.report import Report, comparison, markdown, table
from benchmark.rows import FULL, QUICK, BenchRow, Figure, rows
from benchmark.textfile import read_texts, write_texts
from benchmark.whole import RUN_KEYS, Runs, measure_merge
from benchmark.wide import CHARACTERS, TEXTS, wide_texts
from benchmark.yardstick import split_by_others
from rich.console import Console
from rich.table import Table
from support.paths import ROOT
from support.places import Place, make_place

from tokstats_parallel import _native

MACHINE: dict[str, str | float] = {
    "processor": "P",
    "cores": 2,
    "memory_bytes": 10**9,
    "load": 0.5,
    "system": "S",
    "python": "3",
    "rustc": "1",
}


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return make_place(tmp_path)


def report_of(*measured: tuple[BenchRow, list[float]]) -> Report:
    figures = [(row, Figure(values, 10**6, {"part": 1.5})) for row, values in measured]
    return Report(quick=False, machine=MACHINE, config="c.json", languages=["x"], seconds=60.0, rows=figures)


def drawn(shown: Table) -> str:
    out = StringIO()
    Console(file=out, width=200).print(shown)
    return out.getvalue()


def bench(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "bench.py"), *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_cheap_row_is_measured_and_written(tmp_path: Path) -> None:
    done = bench(tmp_path, "--quick", "--only", "version", "--name", "first")
    assert done.returncode == 0, done.stderr
    assert "`tokstats --version`" in done.stdout
    written = json.loads((tmp_path / "bench" / "results" / "first.json").read_text("utf-8"))
    assert [row["key"] for row in written["rows"]] == ["version"]
    for row in written["rows"]:
        assert 0 < row["least"] <= row["median"] <= row["most"]
        assert row["peak_bytes"] > 10**6
    assert {"processor", "cores", "system", "python", "rustc", "load"} <= set(written["machine"])
    done = bench(tmp_path, "--read", "bench/results/first.json", "--compare", "bench/results/first.json")
    assert "1.00" in done.stdout


def test_runs_are_compared_and_their_parts_told(place: Place) -> None:
    scale = replace(QUICK, run=6, pair=6, short=4, long=8)
    runs = Runs([str(place.config), *place.options[:-2]], place.folder, scale, lambda _line: None)
    figures = runs.measure(RUN_KEYS)
    assert set(figures) == set(RUN_KEYS)
    assert all(min(figure.values) > 0 for figure in figures.values())
    assert set(runs.digests) == {4, 6, 8}
    runs.digests[6] = "other"
    with pytest.raises(BenchmarkError, match="two runs of 6 batches differ"):
        runs.collect(6, 1)


def test_made_up_partials_hold_the_tokens_asked_for(tmp_path: Path) -> None:
    figure = measure_merge(tmp_path, replace(QUICK, tokens=3000, rounds=2), lambda _line: None)
    assert len(figure.values) == 2
    tokens = json.loads((tmp_path / "merged.json").read_text("utf-8"))
    assert len(tokens) == 3000 + _native.FIXED_PIECES


def test_every_answer_is_timed_on_the_made_up_result(tmp_path: Path) -> None:
    figures = measure_answers(
        tmp_path / "answers", replace(QUICK, tokens=3000, rounds=1), lambda _line: None, ["load", "answers", "report"]
    )
    assert set(figures) == {"load", "answers", "report"}
    assert (tmp_path / "answers" / "report.html").stat().st_size > 50_000
    assert set(figures["answers"].details) >= {"top", "show", "distribution", "compare results", "matrix", "coverage"}
    assert figures["answers"].median == max(part["seconds"] for part in figures["answers"].details.values())
    assert measure_answers(tmp_path / "none", QUICK, lambda _line: None, ["version"]) == {}


def test_a_failing_case_is_an_error() -> None:
    with pytest.raises(BenchmarkError, match="ended with 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"])


def test_a_missing_result_is_one_line(tmp_path: Path) -> None:
    done = bench(tmp_path, "--read", "none.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1


def test_a_result_is_read_as_it_was_written(tmp_path: Path) -> None:
    report = report_of((rows(FULL, 1)[0], [1.0, 3.0, 2.0]))
    report.write(tmp_path / "new" / "x.json")
    assert Report.read(tmp_path / "new" / "x.json") == report
    (tmp_path / "other.json").write_text('{"format": 0}', "utf-8")
    with pytest.raises(ValueError, match="not a benchmark's result"):
        Report.read(tmp_path / "other.json")


def test_rows_are_as_good_as_their_medians() -> None:
    rate, cost = BenchRow("a", "rate", "GB/s", 0.8, 1.5), BenchRow("b", "cost", "ms", 4.0, 1.7)
    assert rate.more_is_better
    assert not cost.more_is_better
    shown = markdown(report_of((rate, [1.0, 9.0, 2.0]), (cost, [1234.0]), (replace(cost, comparable=False), [2.0])))
    assert shown.splitlines()[2:5] == [
        "| rate | 2 GB/s | 1 to 9 | 1 MB | 0.8 GB/s | 1.5 GB/s |",
        "| cost | 1,234 ms | 1,234 to 1,234 | 1 MB | 4 ms | 1.7 ms |",
        "| cost | 2 ms | 2 to 2 | 1 MB |  |  |",
    ]
    assert "rate" in drawn(table(report_of((rate, [1.0]))))


def test_only_the_same_rows_are_compared() -> None:
    first, second = rows(FULL, 3)[:2]
    shown = drawn(comparison(report_of((first, [3.0]), (second, [1.0])), report_of((first, [2.0]))))
    assert "1.50" in shown
    assert second.label not in shown


def test_a_quick_row_has_no_target_of_another_size() -> None:
    full, quick = ({row.key: row for row in rows(scale, 6)} for scale in (FULL, QUICK))
    assert all(row.comparable for row in full.values())
    assert "six languages" in full["run"].label
    for key, row in quick.items():
        assert row.comparable == (row.label == full[key].label or key == "memory"), key


def test_wide_texts_are_of_one_size_and_split_as_others_do(tmp_path: Path) -> None:
    for name, texts in wide_texts().items():
        assert len(texts) == TEXTS
        assert {len(text) for text in texts} == {CHARACTERS}
        assert sum(len(text.encode()) for text in texts) > 1.4 * TEXTS * CHARACTERS, name
        assert list(read_texts(write_texts(tmp_path / name, texts))) == texts
        for text in texts[:4]:
            ours = [_native.map_bytes(pretoken.encode()) for pretoken in _native.split(f" {text}")]
            assert ours == split_by_others(f" {text}")
    assert wide_texts() == wide_texts()
