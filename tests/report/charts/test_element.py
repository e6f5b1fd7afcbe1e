"""`charts/element.py`: whatever is put into a drawing is text there, and coordinates are short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from support.drawings import SVG, read

from tokstats_parallel.report.charts import element
from tokstats_parallel.report.visible import visible


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_any_text_stays_text(words: str) -> None:
    content = element.text(1, 2, words, class_=words)
    root = read(element.drawing(title=words, description=words, content=content, height=10))
    assert [child.tag.removeprefix(SVG) for child in root] == ["title", "desc", "text"]
    assert [child.text or "" for child in root] == [visible(words)] * 3


@pytest.mark.parametrize(("value", "expected"), [(1, "1"), (1.04, "1"), (1.06, "1.1"), (-0.01, "0"), (100.25, "100.2")])
def test_coordinates_have_one_digit_at_most(value: float, expected: str) -> None:
    assert element.number(value) == expected


def test_places_that_fall_together_are_drawn_once() -> None:
    assert element.line([(0, 0), (0.01, 0.01), (5, 5)]) == "M0 0L5 5"
    assert element.line([]) == ""


def test_empty_attributes_are_left_out() -> None:
    assert element.path("M0 0", class_="grid", stroke_dasharray="") == Markup('<path class="grid" d="M0 0"/>')
