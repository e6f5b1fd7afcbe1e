"""`charts/scale.py`: places rise with numbers, and ticks are round, inside the scale and not too many."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.report.charts.chart import Axis
from tokstats_parallel.report.charts.scale import make_scale, tick_text

LINEAR, LOG = Axis("x"), Axis("x", is_log=True)
NUMBERS = st.lists(st.floats(-1e12, 1e12), max_size=20)
POSITIVE = st.lists(st.floats(1e-9, 1e12), min_size=1, max_size=20)


@given(NUMBERS)
def test_a_linear_scale_has_all_numbers_in_their_order(numbers: list[float]) -> None:
    scale = make_scale(LINEAR, numbers, 100, 500)
    places = [scale.at(number) for number in sorted(numbers)]
    assert places == sorted(places)
    assert all(100 <= place <= 500 for place in places)
    assert scale.low <= min([0.0, *numbers])
    assert scale.high >= max(numbers, default=0)


@given(POSITIVE)
def test_equal_factors_are_equal_distances_on_a_logarithmic_scale(numbers: list[float]) -> None:
    scale = make_scale(LOG, numbers, 300, 0)
    middle = math.sqrt(scale.low * scale.high)
    assert scale.at(scale.low) == 300
    assert scale.at(scale.high) == 0
    assert scale.at(middle) == pytest.approx(150)
    assert scale.low == min(numbers)


@given(NUMBERS, st.integers(2, 10))
def test_linear_ticks_are_equally_distant_and_inside(numbers: list[float], most: int) -> None:
    scale = make_scale(LINEAR, numbers, 0, 100)
    ticks = scale.ticks(most)
    assert 1 <= len(ticks) <= most + 1
    assert scale.low - 1e-6 * abs(scale.low) <= ticks[0]
    assert ticks[-1] <= scale.high + 1e-6 * abs(scale.high)
    steps = [later - earlier for earlier, later in itertools.pairwise(ticks)]
    assert steps == pytest.approx([steps[0]] * len(steps)) if steps else True


@pytest.mark.parametrize(
    ("axis", "numbers", "expected"),
    [
        (LINEAR, [80_000], [0, 20_000, 40_000, 60_000, 80_000]),
        (LINEAR, [3], [0, 1, 2, 3]),
        (LINEAR, [0.93], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (LINEAR, [], [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (LINEAR, [-5, 5], [-5, 0, 5]),
        (LOG, [1, 1000], [1, 10, 100, 1000]),
        (LOG, [1, 10_000_000], [1, 100, 10_000, 1_000_000]),
        (LOG, [3, 70], [5, 10, 20, 50]),
        (LOG, [3, 4], [3, 3.2, 3.4, 3.6, 3.8, 4]),
        (LOG, [0, 5], [5, 10, 20, 50]),
    ],
)
def test_ticks_are_round(axis: Axis, numbers: list[float], expected: list[float]) -> None:
    ticks = make_scale(axis, numbers, 0, 100).ticks(5)
    assert ticks == pytest.approx(expected)


def test_an_axis_can_fix_its_ends() -> None:
    scale = make_scale(Axis("x", low=10, high=20), [12, 90], 0, 100)
    assert (scale.low, scale.high) == (10, 20)
    assert (scale.at(15), scale.at(90), scale.at(0)) == (50, 100, 0)


def test_numbers_without_a_place_are_told() -> None:
    linear, log = make_scale(LINEAR, [1], 0, 1), make_scale(LOG, [1], 0, 1)
    assert [linear.draws(value) for value in (0.0, -1.0, math.nan, math.inf)] == [True, True, False, False]
    assert [log.draws(value) for value in (0.0, -1.0, math.nan, 2.0)] == [False, False, False, True]


@pytest.mark.parametrize(
    ("value", "is_share", "expected"),
    [
        (0, False, "0"),
        (0.5, False, "0.5"),
        (250, False, "250"),
        (1000, False, "1k"),
        (12_500, False, "12.5k"),
        (2e6, False, "2M"),
        (3e9, False, "3,000M"),
        (1e-5, False, "10⁻⁵"),
        (2e-5, False, "2·10⁻⁵"),
        (-20, False, "-20"),
        (0.2, True, "20 %"),
        (1, True, "100 %"),
        (0.001, True, "0.1 %"),
        (1e-7, True, "10⁻⁵ %"),
    ],
)
def test_ticks_take_few_characters(value: float, is_share: bool, expected: str) -> None:
    assert tick_text(value, is_share=is_share) == expected
