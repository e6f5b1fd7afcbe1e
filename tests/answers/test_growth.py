"""Rarefaction: compared with all choices of batches, and with exact fractions."""

import random
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from support.counted import MadeResult, made_result
from support.histograms import histogram_of

from tokstats_parallel.answers.count_histogram import CountHistogram
from tokstats_parallel.answers.growth import complete, further_steps, growth, steps


def test_mean_over_all_choices_of_batches() -> None:
    dice = random.Random(1)  # noqa: S311 - no secret
    vocabularies = [{token for token in range(30) if dice.random() < token / 30} for _ in range(6)]
    counts = [sum(token in held for held in vocabularies) for token in range(30)]
    found = growth(histogram_of([count for count in counts if count], 6), range(1, 7))
    for number, tokens in zip(range(1, 7), found, strict=True):
        choices = [len(set().union(*chosen)) for chosen in combinations(vocabularies, number)]
        assert tokens == pytest.approx(sum(choices) / len(choices))


@pytest.mark.parametrize("batches", [2, 50, 5000, 2**32])
def test_exact_fractions_at_any_number_of_batches(batches: int) -> None:
    counts = sorted({1, 2, min(7, batches), batches // 3 or 1, batches - 1, batches})
    chosen = [1, 2, max(1, batches // 3), batches] if batches < 10_000 else [1, 2, 40]
    found = growth(histogram_of(counts, batches), chosen)
    for number, tokens in zip(chosen, found, strict=True):
        if batches < 10_000:
            missed = [Fraction(comb(batches - count, number), comb(batches, number)) for count in counts]
        else:
            missed = [falling(batches - count, number) / falling(batches, number) for count in counts]
        assert tokens == pytest.approx(float(len(counts) - sum(missed)), rel=1e-5)


def falling(number: int, factors: int) -> Fraction:
    """Multiplies a number with those below it."""
    product = Fraction(1)
    for step in range(factors):
        product *= number - step
    return product


def test_curve_begins_with_one_batch_and_ends_with_all() -> None:
    histogram = histogram_of([10] * 3 + [5] * 4 + [1] * 20, 10)
    first, *_, last = growth(histogram, steps(10))
    assert first == pytest.approx((30 + 20 + 20) / 10)
    assert last == pytest.approx(27)


@pytest.mark.parametrize(("batches", "within", "beyond"), [(1, [1], [2]), (3, [1, 2, 3], [4, 5, 6])])
def test_few_batches_have_few_points(batches: int, within: list[int], beyond: list[int]) -> None:
    assert steps(batches) == within
    assert further_steps(batches) == beyond


def test_no_batch_has_no_point() -> None:
    assert steps(0) == []


def test_many_batches_have_points_up_to_twice_as_many() -> None:
    assert (steps(1000)[0], steps(1000)[-1], further_steps(1000)[-1]) == (2, 1000, 2000)
    assert len(steps(1000)) == 24


def left_out(least: int, tokens: int, occurrences: int) -> MadeResult:
    made = made_result({"go": 9}, {"aa": [5]})
    numbers = {"tokens": tokens, "occurrences": occurrences, "occurrences_per_language": {"go": occurrences}}
    return MadeResult(made.table, made.batches_per_language, {"min_count": least, "left_out": numbers})


def pairs(histogram: CountHistogram | None) -> dict[int, int]:
    assert histogram is not None
    return dict(zip(histogram.counts.tolist(), histogram.tokens.tolist(), strict=True))


def test_tokens_left_out_by_a_low_least_count_are_known_by_their_totals() -> None:
    histogram = histogram_of([5], 9)
    assert pairs(complete(histogram, left_out(2, 7, 7), None)) == {5: 1, 1: 7}
    assert pairs(complete(histogram, left_out(3, 7, 11), None)) == {5: 1, 2: 4, 1: 3}
    assert pairs(complete(histogram, left_out(3, 0, 0), "go")) == {5: 1}
    assert pairs(complete(histogram, made_result({"go": 9}, {}), "go")) == {5: 1}


def test_tokens_left_out_by_a_higher_least_count_or_of_a_language_are_not_known() -> None:
    assert complete(histogram_of([5], 9), left_out(4, 7, 11), None) is None
    assert complete(histogram_of([5], 9), left_out(2, 7, 7), "go") is None
