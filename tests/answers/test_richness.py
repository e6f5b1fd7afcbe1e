"""Numbers of unseen tokens: the published formulas, written out with fractions."""

import random
from fractions import Fraction
from math import ceil

import pytest
from support.histograms import histogram_of

from tokstats_parallel.answers.richness import Richness


def richness(counts: list[int], batches: int, window: int = 1) -> Richness:
    found = Richness.of(histogram_of(counts, batches), window)
    assert found is not None
    return found


def test_chao2_by_hand() -> None:
    found = richness([1, 1, 1, 1, 2, 2, 5], 10)
    assert (found.units, found.tokens, found.occurrences, found.once, found.twice) == (10, 7, 13, 4, 2)
    assert found.unseen == pytest.approx(float(Fraction(9, 10) * Fraction(16, 4)))
    part = Fraction(9 * 4, 9 * 4 + 2 * 2)
    assert found.seen_share == pytest.approx(float(1 - Fraction(4, 13) * part))
    f0 = Fraction(18, 5)
    expected = f0 * (1 - (1 - Fraction(4, 1) / (10 * f0 + 4)) ** 3)
    assert found.further(3) == pytest.approx(float(expected))
    assert found.further(10**6) == pytest.approx(found.unseen)


def test_without_a_token_in_two_batches() -> None:
    found = richness([1, 1, 1, 7], 10)
    assert found.unseen == pytest.approx(0.9 * 3 * 2 / 2)
    assert found.seen_share == pytest.approx(1 - 3 / 10 * (9 * 2) / (9 * 2 + 2))


@pytest.mark.parametrize("counts", [[], [5, 5], [2, 9], [1, 8]])
def test_nothing_is_unseen_where_no_token_was_seen_once_or_a_single_one(counts: list[int]) -> None:
    found = richness(counts, 10)
    assert (found.unseen, found.seen_share, found.further(10)) == (0, 1, 0)


@pytest.mark.parametrize("batches", [0, 1])
def test_a_single_batch_tells_nothing(batches: int) -> None:
    assert Richness.of(histogram_of([1] * batches, batches)) is None


def test_units_of_windows_take_each_token_for_as_few_windows_as_its_count_allows() -> None:
    dice = random.Random(3)  # noqa: S311 - no secret
    counts = [dice.randint(1, 50) for _ in range(200)]
    found = richness(counts, 50, window=16)
    held = [min(ceil(count / 16), 3) for count in counts]
    assert (found.units, found.occurrences) == (3, sum(held))
    assert (found.once, found.twice) == (held.count(1), held.count(2))
    assert found.unseen == pytest.approx(2 / 3 * found.once**2 / 2 / found.twice)
    assert found.further(16) == pytest.approx(found.unseen * (1 - (1 - found.once / (3 * found.unseen + found.once))))
    assert Richness.of(histogram_of(counts, 50), 32) is None


def test_the_estimate_finds_tokens_that_are_hidden_by_chance() -> None:
    dice = random.Random(5)  # noqa: S311 - no secret
    batches, tokens = 40, 4000
    counts = [sum(dice.random() < 0.03 for _ in range(batches)) for _ in range(tokens)]  # equally likely tokens
    found = richness([count for count in counts if count], batches)
    assert found.unseen == pytest.approx(counts.count(0), rel=0.1)
