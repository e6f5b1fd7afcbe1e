"""`charts/scatter_chart.py`: every point has a mark, and each series has a mark of its own shape."""

import numpy as np
import pytest
from support.drawings import paths, places, read, texts

from tokstats_parallel.report.charts.chart import Axis, Series
from tokstats_parallel.report.charts.scatter_chart import scatter_chart

SHARE = Axis("share", is_log=True, is_share=True)


def drawn(groups: list[Series], has_diagonal: bool = False) -> str:
    return scatter_chart(groups, x=SHARE, y=SHARE, title="A and B", description="Shares.", has_diagonal=has_diagonal)


def test_each_point_has_a_mark() -> None:
    root = read(drawn([Series("same", [(0.1, 0.1), (0.2, 0.3), (0, 0.5), (1, 1)])]))
    assert paths(root, "series-1")[0].attrib["d"].count("M") == 3


def test_series_differ_in_shape() -> None:
    root = read(drawn([Series(f"group {number}", [(0.1, 0.2)]) for number in range(5)]))
    shapes = {
        path.attrib["d"].partition(" ")[2].lstrip("0123456789.")
        for number in range(1, 6)
        for path in paths(root, f"series-{number}")
    }
    assert len(shapes) == 5
    assert {f"group {number}" for number in range(5)} <= set(texts(root))


def test_the_diagonal_is_where_both_are_equal() -> None:
    root = read(drawn([Series("same", [(0.1, 0.1), (1, 1)])], has_diagonal=True))
    (line,) = (path for path in paths(root, "axis") if path.get("stroke-dasharray"))
    marks = list(places(paths(root, "series-1")[0].attrib["d"]))
    assert np.array(list(places(line.attrib["d"]))) == pytest.approx(np.array([marks[0], marks[2]]))
    assert len(paths(read(drawn([Series("none", [])], has_diagonal=True)), "axis")) == 2
