"""Scatter chart: points of several series, each with a mark of its own shape."""

from collections.abc import Sequence

from markupsafe import Markup

from tokstats_parallel.report.charts import element
from tokstats_parallel.report.charts.chart import Axis, Series
from tokstats_parallel.report.charts.legend import legend
from tokstats_parallel.report.charts.marks import SHAPES, colour
from tokstats_parallel.report.charts.plot_area import BOTTOM, TOP, PlotArea, frame, left_room
from tokstats_parallel.report.charts.scale import make_scale

_HEIGHT = 340


def scatter_chart(
    series: Sequence[Series], *, x: Axis, y: Axis, title: str, description: str, has_diagonal: bool = False
) -> Markup:
    """Draws points.

    Args:
        series: Points, at most five series; later ones are drawn over earlier ones. A point takes some 15 bytes.
        x: Horizontal axis.
        y: Vertical axis.
        title: Name of the drawing, in a few words.
        description: What the drawing shows, in a sentence or two.
        has_diagonal: Whether a line shows where x equals y.
    """
    above, names = legend([one.name for one in series], _sample)
    top = above + TOP
    rows = make_scale(y, (point[1] for one in series for point in one.points), top + _HEIGHT, top)
    columns = make_scale(
        x, (point[0] for one in series for point in one.points), left_room(rows), element.WIDTH - 24, to_tick=False
    )
    area = PlotArea(columns, rows)
    content = [names, frame(area)]
    if has_diagonal:
        content.append(_diagonal(area))
    content += [_points(area, one, place) for place, one in enumerate(series)]
    return element.drawing(
        title=title, description=description, content=element.join(content), height=top + _HEIGHT + BOTTOM
    )


def _points(area: PlotArea, series: Series, place: int) -> Markup:
    """Draws the points of a series as one path."""
    shape = SHAPES[place % len(SHAPES)]
    places = [area.place(point) for point in series.points if area.draws(point)]
    return _marks("".join(shape.format(element.number(x), element.number(y)) for x, y in places), place)


def _marks(d: str, place: int) -> Markup:
    is_dot = place % len(SHAPES) == 0
    return element.path(
        d,
        class_=colour(place),
        fill="none",
        stroke="currentColor",
        stroke_width=5 if is_dot else 1.6,
        stroke_linecap="round",
    )


def _sample(x: float, y: float, place: int) -> Markup:
    """Draws the mark that stands beside the name of a series."""
    return _marks(SHAPES[place % len(SHAPES)].format(element.number(x + 28), element.number(y)), place)


def _diagonal(area: PlotArea) -> Markup:
    low, high = max(area.x.low, area.y.low), min(area.x.high, area.y.high)
    if low >= high:
        return Markup()
    places = [area.place((value, value)) for value in (low, high)]
    return element.path(element.line(places), class_="axis", stroke="#666", stroke_dasharray="4 4")
