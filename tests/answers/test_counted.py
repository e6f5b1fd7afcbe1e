"""Columns of a result: values at some rows."""

import numpy as np
import pyarrow as pa
import pytest

from tokstats_parallel.answers.counted import values_at_rows

CHUNKS = pa.chunked_array([["a", "b"], [], ["c"], ["d", "e", "f"]])


@pytest.mark.parametrize("rows", [[], [0], [5, 0, 2, 2, 1], [3, 4, 5]])
def test_values_at_rows_in_any_order(rows: list[int]) -> None:
    for kind in (np.int64, np.uint64):
        assert values_at_rows(CHUNKS, np.array(rows, kind)) == ["abcdef"[row] for row in rows]


def test_values_of_other_types() -> None:
    kinds = pa.chunked_array([pa.array(["x", "y", "x"]).dictionary_encode()])
    assert values_at_rows(kinds, np.array([2, 1])) == ["x", "y"]
    assert values_at_rows(pa.chunked_array([[True, False], [True]]), np.array([1, 2])) == [False, True]
    assert values_at_rows(pa.chunked_array([], pa.string()), np.array([], np.int64)) == []
