"""`charts/text.py`: labels do not overlap, and stay as near to their places as they have room."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.report.charts.text import shortened, spread, width


@given(st.lists(st.floats(0, 400), max_size=20).map(sorted))
def test_places_have_their_gap_and_their_order(places: list[float]) -> None:
    moved = spread(places, 0, 400, gap=20)
    assert len(moved) == len(places)
    assert all(later - earlier >= 20 - 1e-9 for earlier, later in itertools.pairwise(moved))
    assert all(-1e-9 <= place <= 400 for place in moved)


def test_places_that_are_apart_stay() -> None:
    assert spread([10, 50, 90], 0, 100, gap=20) == [10, 50, 90]


def test_places_at_an_end_are_moved_inside() -> None:
    assert spread([95, 100, 100], 0, 100, gap=20) == [60, 80, 100]
    assert spread([-3, 0], 0, 100, gap=20) == [0, 20]


@pytest.mark.parametrize(("text", "expected"), [("", ""), ("a" * 20, "a" * 20), ("a" * 21, "a" * 19 + "…")])
def test_long_text_is_shortened(text: str, expected: str) -> None:
    assert shortened(text) == expected


def test_wide_characters_take_more_room() -> None:
    assert width("中文") > 1.5 * width("ab")
