"""Line charts: several series on linear or logarithmic axes, each with a dash pattern and its name at its end."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from tokstats_parallel.report.charts import element
from tokstats_parallel.report.charts.chart import Axis, Series
from tokstats_parallel.report.charts.legend import SAMPLE
from tokstats_parallel.report.charts.marks import colour, dashes
from tokstats_parallel.report.charts.plot_area import BOTTOM, TOP, PlotArea, frame, left_room
from tokstats_parallel.report.charts.scale import make_scale
from tokstats_parallel.report.charts.text import LARGE, LINE, shortened, spread, width

_HEIGHT = 250
"""Least height of the plot area."""
_GROUP = Markup('<g fill="none" stroke-width="2.2" stroke-linejoin="round" stroke-linecap="butt">{}</g>')
_DOT = Markup('<circle class="{}" cx="{}" cy="{}" r="4"/>')


def line_chart(series: Sequence[Series], *, x: Axis, y: Axis, title: str, description: str) -> Markup:
    """Draws lines.

    Args:
        series: Lines, at most some 24; about 50 points each keep a figure of six lines below 12 kB.
        x: Horizontal axis.
        y: Vertical axis.
        title: Name of the drawing for those who do not see it, in a few words.
        description: What the drawing shows, in a sentence or two.
    """
    names = [shortened(one.name) for one in series]
    height = max(_HEIGHT, LINE * len(names) + 10)
    rows = make_scale(y, (point[1] for one in series for point in one.points), TOP + height, TOP)
    labels = max(map(width, names), default=0)
    right = element.WIDTH - (SAMPLE + 12 + labels if labels else 20)
    columns = make_scale(x, (point[0] for one in series for point in one.points), left_room(rows), right, to_tick=False)
    area = PlotArea(columns, rows)
    content = [frame(area), _lines(area, series)]
    if labels:
        content.append(_labels(area, series, names))
    return element.drawing(
        title=title, description=description, content=element.join(content), height=TOP + height + BOTTOM
    )


def _lines(area: PlotArea, series: Sequence[Series]) -> Markup:
    """Draws the lines of series, and a dot for a series of one point; the first series lies above the others."""
    return _GROUP.format(
        element.join(_line(area, one, place) for place, one in reversed(list(enumerate(series))) if one.points)
    )


def _sample(x: float, y: float, place: int) -> Markup:
    """Draws the piece of a line that stands beside the name of the series at a place."""
    return element.path(
        f"M{element.number(x)} {element.number(y)}h{SAMPLE}",
        class_=colour(place),
        stroke="currentColor",
        stroke_width=2.2,
        stroke_dasharray=dashes(place),
    )


def _line(area: PlotArea, series: Series, place: int) -> Markup:
    places = [area.place(point) for point in series.points if area.draws(point)]
    if len(places) == 1:
        ((x, y),) = places
        return _DOT.format(f"{colour(place)} dot", element.number(x), element.number(y))
    d = element.line(_steps(places) if series.is_step else places)
    return element.path(d, class_=colour(place), stroke="currentColor", stroke_dasharray=dashes(place))


def _steps(places: Sequence[tuple[float, float]]) -> Iterable[tuple[float, float]]:
    """Yields the places of a line that keeps its height until the next place."""
    before: tuple[float, float] | None = None
    for x, y in places:
        if before is not None:
            yield x, before[1]
        yield x, y
        before = x, y


def _labels(area: PlotArea, series: Sequence[Series], names: Sequence[str]) -> Markup:
    """Draws the names at the right, as near to the ends of their lines as they have room."""
    ends = []
    for place, one in enumerate(series):
        drawn = [area.place(point) for point in one.points if area.draws(point)]
        x, y = drawn[-1] if drawn else (area.x.start, area.y.start)
        ends.append((y, -x, place))
    ends.sort()
    heights = spread([y for y, _, _ in ends], area.y.end, area.y.start)
    parts = []
    for y, (_, _, place) in zip(heights, ends, strict=True):
        parts.append(_sample(area.x.end + 4, y, place))
        parts.append(element.text(area.x.end + SAMPLE + 10, y + LARGE / 3, names[place]))
    return element.join(parts)
