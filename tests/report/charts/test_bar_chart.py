"""`charts/bar_chart.py`: lengths of bars are in the ratio of their numbers, and parts differ in texture."""

from xml.etree import ElementTree as ET

import pytest
from support.drawings import paths, place_of, places, read, size, texts

from tokstats_parallel.report.charts.bar_chart import Bar, StackedBar, bar_chart, stacked_bar_chart
from tokstats_parallel.report.charts.chart import Axis

WORDS = {"title": "Lengths", "description": "By length."}


def lengths(root: ET.Element, class_: str) -> list[float]:
    found = list(places("".join(path.attrib["d"] for path in paths(root, class_))))
    return [end[0] - begin[0] for begin, end in zip(found[::2], found[1::2], strict=True)]


def test_lengths_are_in_the_ratio_of_the_numbers() -> None:
    root = read(bar_chart([Bar("two", 2, "2"), Bar("one", 1, "1"), Bar("none", 0, "0")], axis=Axis("n"), **WORDS))
    two, one = lengths(root, "series-1")
    assert two == pytest.approx(2 * one, abs=0.2)


def test_labels_and_notes_stand_in_the_line_of_their_bar() -> None:
    root = read(bar_chart([Bar("go", 5, "five"), Bar("php", 1, "one")], axis=Axis("n"), **WORDS))
    for label, note in (("go", "five"), ("php", "one")):
        assert place_of(root, label)[1] == place_of(root, note)[1]
        assert place_of(root, label)[0] < place_of(root, note)[0]
    assert place_of(root, "five")[0] > place_of(root, "one")[0]


def test_parts_follow_each_other_with_a_gap_and_have_textures() -> None:
    bars = [StackedBar("all", (0.5, 0.3, 0.2)), StackedBar("go", (0.2, 0.0, 0.8))]
    root = read(stacked_bar_chart(bars, ["certain", "rare", "once"], axis=Axis("share", is_share=True), **WORDS))
    first, second, third = (paths(root, f"series-{number}")[-1].attrib["d"] for number in (1, 2, 3))
    ends = [list(places(d)) for d in (first, second, third)]
    assert 1 < ends[1][0][0] - ends[0][1][0] < 2
    assert [len(one) for one in ends] == [4, 2, 4]
    textures = [path.get("stroke-dasharray") for path in paths(root, "ground")]
    assert len(set(textures)) == 2
    assert texts(root)[:3] == ["certain", "rare", "once"]


def test_long_notes_stay_inside() -> None:
    root = read(bar_chart([Bar("l" * 40, 5, "n" * 20)], axis=Axis("n"), **WORDS))
    assert place_of(root, "n" * 20)[0] + 20 * 9.5 < size(root)[0]


def test_no_bars_and_bars_of_length_zero_are_drawn() -> None:
    assert size(read(bar_chart([], axis=Axis("n"), **WORDS)))[1] > 0
    assert lengths(read(bar_chart([Bar("go", 0, "0")], axis=Axis("n"), **WORDS)), "series-1") == []
