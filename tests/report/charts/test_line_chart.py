"""`charts/line_chart.py`: lines go where their numbers are, and no two look the same."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drawings import SVG, paths, place_of, places, read, size, texts

from tokstats_parallel.report.charts.chart import Axis, Series
from tokstats_parallel.report.charts.line_chart import line_chart

LINEAR, LOG = Axis("batches"), Axis("rank", is_log=True)
ANY = st.lists(st.tuples(st.floats(), st.floats()), max_size=10).map(sorted)
WORDS = {"title": "Growth", "description": "It grows."}


def drawn(series: list[Series], x: Axis = LINEAR, y: Axis = LINEAR) -> str:
    return line_chart(series, x=x, y=y, **WORDS)


def test_a_line_goes_from_corner_to_corner() -> None:
    root = read(drawn([Series("python", [(0, 0), (5, 20), (10, 100)])]))
    grid = list(places(paths(root, "grid")[0].attrib["d"]))
    left, right = min(x for x, _ in grid), max(x for x, _ in grid)
    top, bottom = min(y for _, y in grid), max(y for _, y in grid)
    line = list(places(paths(root, "series-1")[0].attrib["d"]))
    expected = [(left, bottom), ((left + right) / 2, bottom - (bottom - top) / 5), (right, top)]
    assert np.array(line) == pytest.approx(np.array(expected), abs=0.6)


def test_a_power_law_is_straight_on_logarithmic_axes() -> None:
    root = read(drawn([Series("go", [(1, 1000), (10, 100), (100, 10)])], LOG, LOG))
    (first, middle, last) = places(paths(root, "series-1")[0].attrib["d"])
    assert middle == pytest.approx(((first[0] + last[0]) / 2, (first[1] + last[1]) / 2), abs=0.1)


def test_a_step_keeps_its_height_until_the_next_point() -> None:
    root = read(drawn([Series("go", [(0, 10), (5, 20), (10, 30)], is_step=True)]))
    line = list(places(paths(root, "series-1")[0].attrib["d"]))
    turns = [(a[0] == b[0], a[1] == b[1]) for a, b in itertools.pairwise(line)]
    assert turns == [(False, True), (True, False), (False, True), (True, False)]


def test_lines_differ_in_more_than_colour_and_have_their_names() -> None:
    names = [f"language {number}" for number in range(24)]
    root = read(drawn([Series(name, [(0, 1), (1, number)]) for number, name in enumerate(names)]))
    (group,) = (one for one in root.iter(f"{SVG}g") if one.get("stroke-width"))
    looks = [(path.get("class"), path.get("stroke-dasharray")) for path in group]
    assert len(set(looks)) == 24
    assert all(len({dashes for _, dashes in looks[start : start + 8]}) == 8 for start in (0, 8, 16))
    assert set(names) <= set(texts(root))


def test_names_stand_beside_the_ends_of_their_lines() -> None:
    root = read(drawn([Series("low", [(0, 0), (1, 10)]), Series("high", [(0, 0), (1, 90)])]))
    for number, name in enumerate(("low", "high"), 1):
        end = list(places(paths(root, f"series-{number}")[0].attrib["d"]))[-1]
        assert place_of(root, name)[1] == pytest.approx(end[1], abs=8)
        assert place_of(root, name)[0] > end[0]


def test_a_single_point_is_a_dot() -> None:
    root = read(drawn([Series("python", [(1, 1)])], LOG, LOG))
    assert [circle.get("class") for circle in root.iter(f"{SVG}circle")] == ["series-1 dot"]


def test_points_without_a_place_are_left_out() -> None:
    root = read(drawn([Series("go", [(0, 5), (1, 10), (10, 1), (100, 0)])], LOG, LOG))
    assert len(list(places(paths(root, "series-1")[0].attrib["d"]))) == 2


@given(st.lists(ANY, max_size=4), st.sampled_from([LINEAR, LOG]), st.sampled_from([LINEAR, LOG]))
def test_nothing_is_drawn_outside(lists: list[list[tuple[float, float]]], x: Axis, y: Axis) -> None:
    modest = [[(a, b) for a, b in points if abs(a) < 1e12 and abs(b) < 1e12] for points in lists]
    root = read(drawn([Series(f"s{number}", points) for number, points in enumerate(modest)], x, y))
    width, height = size(root)
    for path in root.iter(f"{SVG}path"):
        for at_x, at_y in places(path.attrib["d"]):
            assert 0 <= at_x <= width
            assert 0 <= at_y <= height


def test_six_lines_of_fifty_points_are_small() -> None:
    series = [Series(f"language {n}", [(x, x ** (1 + n / 10)) for x in range(50)]) for n in range(6)]
    assert len(drawn(series).encode()) < 6500
