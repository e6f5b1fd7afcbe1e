"""`charts/standalone.py`: a file of a drawing has its colours, and needs no style sheet."""

import pytest
from markupsafe import Markup
from support.drawings import SVG, read

from tokstats_parallel.report.charts.bar_chart import Bar, bar_chart
from tokstats_parallel.report.charts.chart import Axis
from tokstats_parallel.report.charts.standalone import standalone
from tokstats_parallel.report.html import source
from tokstats_parallel.report.palette import LIGHT


def test_the_file_has_colours_instead_of_variables() -> None:
    svg = bar_chart([Bar("go", 1, "1")], axis=Axis("n"), title="One", description="One bar.")
    text = standalone(svg, source("chart.css"))
    style, ground, *_ = read(text)
    assert style.tag == f"{SVG}style"
    assert style.text is not None
    assert f".series-1{{color:{LIGHT['series-1']}}}" in style.text
    assert ground.get("fill") == LIGHT["ground"]
    assert "var(" not in text
    assert "{" not in text.partition("</style>")[2]


def test_what_is_no_drawing_is_refused() -> None:
    with pytest.raises(ValueError, match="a drawing begins with"):
        standalone(Markup("<p>"), "")
