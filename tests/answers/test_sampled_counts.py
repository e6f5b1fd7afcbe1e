"""Counts of sampled tokens: in the order of the rows, without the fixed ones."""

from pathlib import Path

import numpy as np
import pytest
from support.counted import made_result
from support.histograms import histogram_of
from support.small_result import small_result

from tokstats_parallel.answers.count_histogram import CountHistogram
from tokstats_parallel.answers.sampled_counts import SampledCounts
from tokstats_parallel.results.token_stats import TokenStats

COUNTS = {"aa": [4, 3], "bb": [4, 6], "Ġzz": [0, 1], "!!": [4, 5]}


def test_counts_have_the_order_of_the_rows_and_the_smallest_type() -> None:
    result = made_result({"go": 4, "c": 6}, COUNTS, special=("<s>",))
    sampled = SampledCounts.of(result)
    assert sampled.total.tolist() == [10, 9, 7, 1]
    assert {name: counts.tolist() for name, counts in sampled.languages.items()} == {
        "go": [4, 4, 4, 0],
        "c": [6, 5, 3, 1],
    }
    assert sampled.total.dtype == np.uint8
    tokens = result.table["token"].to_pylist()
    assert [tokens[row] for row in sampled.rows(np.arange(4))] == ["bb", "!!", "aa", "Ġzz"]
    assert not result.table["fixed"].take(sampled.rows(np.arange(4))).to_pylist().count(True)


@pytest.mark.parametrize(("batches", "expected"), [(255, "u1"), (256, "u2"), (2**32 - 1, "u4"), (2**32, "i8")])
def test_type_of_counts_by_the_number_of_batches(batches: int, expected: str) -> None:
    sampled = SampledCounts.of(made_result({"go": batches}, {"aa": [batches]}))
    assert sampled.total.dtype == np.dtype(expected)
    assert sampled.total.tolist() == [batches]


def test_a_json_alone_has_no_languages(tmp_path: Path) -> None:
    stats = small_result(tmp_path / "made", {"go": (3, {b"ab": 2}), "c": (2, {b"ab": 1, b"cd": 2})})
    for path in (stats.paths.parquet, stats.paths.manifest):
        path.unlink()
    sampled = SampledCounts.of(TokenStats.load(stats.paths.json))
    assert (sampled.batches, sampled.total.tolist(), sampled.languages) == (5, [3, 2], {})


@pytest.mark.parametrize("counts", [[], [3], [1, 1, 2, 5, 5, 5, 9, 0, 0], [2**40, 2**40, 7, 0]])
def test_histogram_of_sampled_counts(counts: list[int]) -> None:
    found = histogram_of(counts, 2**41, fixed=3)
    different = sorted(set(counts) - {0}, reverse=True)
    assert found.counts.tolist() == different
    assert found.tokens.tolist() == [counts.count(count) for count in different]
    assert (found.sampled, found.fixed) == (sum(map(bool, counts)), 3)


def test_histogram_equals_that_of_the_columns() -> None:
    result = made_result({"go": 4, "c": 6}, COUNTS)
    sampled = SampledCounts.of(result)
    fixed = len(sampled.fixed)
    for language, counts in ((None, sampled.total), *sampled.languages.items()):
        whole = CountHistogram.of(result, language, fixed)
        found = CountHistogram.of_sampled(counts, whole.batches, fixed)
        assert found.counts.tolist() == whole.counts.tolist()
        assert (found.tokens.tolist(), found.fixed) == (whole.tokens.tolist(), whole.fixed)
        assert found.classes() == whole.classes()
