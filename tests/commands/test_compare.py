"""`tokstats compare`: two results, languages of one, the matrix, exit codes, and wrong input."""

import csv
import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.paths import ROOT
from support.places import Place, make_place
from support.runs import make_job, run
from support.sampling import changed

from tokstats_parallel.answers.comparison.answer import answer_comparison
from tokstats_parallel.commands import compare
from tokstats_parallel.commands.main import main
from tokstats_parallel.results.token_stats import TokenStats


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Results a.json and b.json of two seeds, and one.json of a single language."""
    made = make_place(tmp_path_factory.mktemp("compare"))
    made.write(langs="python go")
    with inside(made.folder):
        for name, more in (("a", ["--seed", "1"]), ("b", ["--seed", "2"]), ("one", ["--set", "langs=go"])):
            words = [str(made.config), "--num-batches", "40", "--quiet", "--output-file", f"{name}.json", *more]
            assert main([*words, *made.options]) == 0
    return made


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@pytest.fixture(autouse=True)
def here(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place.folder)


def compared(capsys: pytest.CaptureFixture[str], *words: str, code: int = 1) -> dict[str, Any]:
    assert main(["compare", *words, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["schema_version"] == 1
    return found


def error_line(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["compare", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("tokstats: error: ")
    return line.removeprefix("tokstats: error: ")


def sampled(name: str, language: str | None = None) -> dict[str, int]:
    stats = TokenStats.load(name)
    counts = stats.counts if language is None else stats.per_language[language]
    fixed = {row["token"] for row in stats.to_arrow(["token", "fixed"]).to_pylist() if row["fixed"]}
    return {token: count for token, count in counts.items() if token not in fixed}


def test_two_seeds_differ_in_the_seed_and_by_chance(capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(capsys, "a.json", "b.json", "--top", "3")
    left, right = sampled("a.json"), sampled("b.json")
    assert found["same"] is False
    assert {"name": "seed", "a": 1, "b": 2} in found["settings"]
    assert {row["name"] for row in found["settings"]} <= {"seed", "batches of python", "batches of go"}
    assert found["a"]["sampled_tokens"] == len(left)
    assert (found["a"]["batches"], found["a"]["window"], found["a"]["effective_batches"]) == (40, 2, 20)
    assert found["overlap"]["common"] == len(left.keys() & right.keys())
    assert found["overlap"]["jaccard"] == len(left.keys() & right.keys()) / len(left.keys() | right.keys())
    low = sum(min(left.get(token, 0), right.get(token, 0)) for token in left.keys() | right.keys())
    high = sum(max(left.get(token, 0), right.get(token, 0)) for token in left.keys() | right.keys())
    assert found["overlap"]["weighted_jaccard"] == pytest.approx(low / high)
    for line in found["typical_a"]:
        for token in line["tokens"]:
            assert token["counts"] == [left.get(token["token"], 0), right.get(token["token"], 0)]
    assert len(found["typical_a"]) == len(found["only_b"]) == 3


def test_languages_of_one_result(capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(capsys, "a.parquet", "--languages", "python", "go")
    assert [found[side]["name"] for side in "ab"] == ["python", "go"]
    assert found["a"]["batches"] + found["b"]["batches"] == 40
    assert found["settings"] == []
    assert found["a"]["sampled_tokens"] == len(sampled("a.json", "python"))


def test_a_language_of_two_results(capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(capsys, "a.json", "one.json", "--languages", "go")
    assert [found[side]["name"] for side in "ab"] == ["A go", "B go"]
    assert found["b"]["batches"] == 40
    crossed = compared(capsys, "a.json", "one.json", "--languages", "python", "go")
    assert [crossed[side]["language"] for side in "ab"] == ["python", "go"]


def test_the_exit_code_says_whether_all_counts_are_equal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "a.json", "a.manifest.json"]) == 0
    assert "Same: all counts are equal." in capsys.readouterr().out
    assert compared(capsys, "a.json", "--languages", "go", "go", code=0)["same"]
    assert main(["compare", "a.json", "b.json"]) == 1
    assert "Differ" in capsys.readouterr().out


def test_what_is_printed_names_settings_first_then_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "a.json", "one.json", "--top", "2"]) == 1
    out = capsys.readouterr().out
    assert out.index("weight of python") < out.index("Different") < out.index("Weighted Jaccard")
    assert out.index("Typical of A") < out.index("Typical of B") < out.index("Only in A")
    assert "its 40 batches count as 20, since the pools of 2 successive draws overlap" in out


def test_csv_has_a_row_for_each_token(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "a.json", "b.json", "--csv", "--top", "2"]) == 1
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert {row["list"] for row in rows} == {"typical_a", "typical_b", "movers", "only_a", "only_b"}
    assert all(row["count_a"] == "0" for row in rows if row["list"] == "only_b")


def test_the_matrix_has_every_pair(capsys: pytest.CaptureFixture[str]) -> None:
    found = compared(capsys, "a.json", "--matrix", code=0)
    pair = compared(capsys, "a.json", "--languages", "python", "go")["overlap"]
    assert found["languages"] == ["python", "go"]
    assert found["weighted_jaccard"] == [[1, pair["weighted_jaccard"]], [pair["weighted_jaccard"], 1]]
    apart = pair["jensen_shannon_divergence_bits"]
    assert np.allclose(found["jensen_shannon_divergence_bits"], [[0, apart], [apart, 0]], rtol=1e-12)
    assert main(["compare", "a.json", "--matrix", "--csv", "--languages", "go", "python"]) == 0
    _, row = csv.reader(io.StringIO(capsys.readouterr().out))
    assert row[:2] == ["go", "python"]
    assert main(["compare", "a.json", "--matrix"]) == 0
    assert f"{apart:.3f}" in capsys.readouterr().out


def test_the_answer_goes_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "answer.json"
    assert main(["compare", "a.json", "b.json", "--output-file", str(file)]) == 1
    assert json.loads(file.read_bytes())["same"] is False
    assert "is there already" in error_line(capsys, "a.json", "b.json", "--output-file", str(file))


def test_wrong_input_is_one_line_with_exit_code_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert "name a second result" in error_line(capsys, "a.json")
    assert "name a second result" in error_line(capsys, "a.json", "--languages", "go")
    assert "at most two languages" in error_line(capsys, "a.json", "b.json", "--languages", "go", "go", "go")
    assert "did you mean python?" in error_line(capsys, "a.json", "--languages", "pyton", "go")
    assert "did you mean go?" in error_line(capsys, "a.json", "--matrix", "--languages", "goo", "python")
    assert "leave --matrix out" in error_line(capsys, "a.json", "b.json", "--matrix")
    assert "two languages or more (found go)" in error_line(capsys, "one.json", "--matrix")
    assert "--top must be" in error_line(capsys, "a.json", "b.json", "--top", "0")
    assert "no such file" in error_line(capsys, "a.json", "none.json")
    (tmp_path / "mine.json").write_text('{"my": "notes"}', "utf-8")
    assert "mine.json" in error_line(capsys, "a.json", str(tmp_path / "mine.json"))
    assert "a.json" in error_line(capsys, "a.json", "b.json", "--output-file", "a.json", "--force")


def test_a_parquet_alone_is_compared_as_with_its_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "alone.parquet").write_bytes(Path("b.parquet").read_bytes())
    whole = compared(capsys, "a.json", "b.json")
    found = compared(capsys, "a.json", str(tmp_path / "alone.parquet"))
    assert found["b"].pop("result") != whole["b"].pop("result")
    assert found["b"]["window"] < 16
    assert found == whole


def test_too_few_batches_tell_nothing_from_chance(capsys: pytest.CaptureFixture[str], place: Place) -> None:
    words = [str(place.config), "--num-batches", "1", "--quiet", "--output-file", "few.json", *place.options]
    assert main(words) == 0
    assert main(["compare", "few.json", "--languages", "python", "go", "--top", "1"]) == 1
    out = capsys.readouterr().out
    assert ": 1 batch, " in out
    assert ": 0 batches, " in out
    assert "\nDifferent counts, but too few batches to tell any difference from chance.\n" in out
    assert "count as" not in out  # nothing is said of pools that overlap, which one draw has not


def test_a_json_alone_is_compared_with_the_published_window(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "alone.json").write_bytes(Path("a.json").read_bytes())
    found = compared(capsys, "a.json", str(tmp_path / "alone.json"), code=0)
    assert found["b"]["window"] == 16
    assert any("without a manifest its settings are not known" in note for note in found["significance"]["notes"])


@pytest.mark.parametrize(
    ("error", "words"),
    [(MemoryError(), "memory"), (PermissionError(errno.EACCES, "no", "secret.json"), "secret.json: Permission denied")],
)
def test_a_failure_of_the_machine_is_trouble_not_a_difference(
    error: Exception, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(compare, "answer_comparison", fail)
    assert words in error_line(capsys, "a.json", "b.json")


def test_an_answer_that_cannot_be_written_is_trouble_not_a_difference() -> None:
    for options in ([], ["--json"]):
        with Path("/dev/full").open("w", encoding="utf-8") as full:
            words = [sys.executable, "-m", "tokstats_parallel", "compare", "a.json", "a.json", *options]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, env=environment, check=False)
        assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


def test_tokens_that_a_result_leaves_out_are_noted(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(place.config), "--num-batches", "40", "--quiet", "--output-file", "rare.json", "--seed", "1"]
    assert main([*words, "--min-count", "3", *place.options]) == 0
    found = compared(capsys, "a.json", "rare.json")
    assert found["settings"] == [{"name": "min_count", "a": 1, "b": 3}]
    assert any("fewer than 3 batches" in note for note in found["significance"]["notes"])
    assert found["overlap"]["only_b"] == 0


def test_a_language_without_batches_is_compared(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(place.config), "--num-batches", "1", "--quiet", "--output-file", "single.json"]
    assert main([*words, *place.options]) == 0
    found = compared(capsys, "single.json", "--languages", "python", "go")
    assert sorted(found[side]["batches"] for side in "ab") == [0, 1]
    assert found["overlap"]["jensen_shannon_divergence_bits"] == 1
    assert found["significance"]["tested"] == 0
    assert main(["compare", "single.json", "--languages", "python", "go"]) == 1
    assert main(["compare", "single.json", "--matrix"]) == 0


def test_seeds_of_one_job_differ_by_chance_and_other_data_by_more(tmp_path: Path) -> None:
    job = make_job(tmp_path / "data", num_batches=600)
    results = [run(changed(job, seed=seed)).output.json for seed in (1, 2, 3)]
    for other in results[1:]:
        tests = answer_comparison(results[0], other, [], 1).comparison.significance
        assert tests.left + tests.right <= 0.01 * tests.tested
    between = answer_comparison(results[0], None, ["python", "markdown"], 1).comparison.significance
    noisier = run(changed(job, seed=4, noise_mean=1e-2)).output.json
    planted = answer_comparison(results[0], noisier, [], 1).comparison.significance
    assert between.left + between.right > 0
    assert planted.left + planted.right > 0.05 * planted.tested
