"""Matrix of languages: each two are compared as any two sides are."""

import random
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tokstats_parallel.answers.comparison.count_pairs import CountPairs
from tokstats_parallel.answers.comparison.language_matrix import matrix_of
from tokstats_parallel.answers.comparison.overlap import divergence, weighted_jaccard


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("kind", ["u1", "u4", "i8"])
def test_like_the_comparison_of_each_two(share: float, kind: str) -> None:
    dice = random.Random(9)  # noqa: S311 - no secret
    batches = {"go": 200, "c": 90, "lua": 50, "none": 0}
    counts = [
        np.array([dice.randint(0, most) if dice.random() < share else 0 for _ in range(500)], kind)
        for most in batches.values()
    ]
    found = matrix_of(Path("made.json"), batches, counts)
    numbers = list(batches.values())
    for row, column in product(range(4), range(4)):
        pairs = CountPairs.of(counts[row], counts[column])
        alike, apart = weighted_jaccard(pairs, (numbers[row], numbers[column])), divergence(pairs)
        assert found.weighted_jaccard[row, column] == pytest.approx(alike)
        assert found.divergence[row, column] == pytest.approx(apart)


def test_languages_without_any_token_are_alike() -> None:
    found = matrix_of(Path("made.json"), {"go": 1, "c": 1}, [np.zeros(0, np.uint8)] * 2)
    assert found.weighted_jaccard.tolist() == [[1, 1], [1, 1]]
    assert found.divergence.tolist() == [[0, 0], [0, 0]]
