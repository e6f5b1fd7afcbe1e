"""Small multiples: small line charts with common axes beside each other."""

from collections.abc import Sequence

from markupsafe import Markup

from tokstats_parallel.report.charts import element
from tokstats_parallel.report.charts.chart import Axis, Panel
from tokstats_parallel.report.charts.legend import legend
from tokstats_parallel.report.charts.line_chart import lines, sample
from tokstats_parallel.report.charts.plot_area import PlotArea, frame, left_room
from tokstats_parallel.report.charts.scale import Scale, make_scale
from tokstats_parallel.report.charts.text import LARGE, LINE, shortened

_IN_A_ROW = 3
_HEIGHT = 110
_GAP = 16
"""Space between two charts beside each other."""
_ABOVE, _BELOW = 30, 26
"""Space above a chart, for its title, and below, for its ticks."""


def small_multiples(panels: Sequence[Panel], *, x: Axis, y: Axis, title: str, description: str) -> Markup:
    """Draws small line charts with common axes beside each other, three in a row.

    Series of the same place in their panels have the same colour and dashes. Their names stand once, above all panels.

    Args:
        panels: Charts, at most some 24; each has the series of the others, or some of the first ones.
        x: Horizontal axis.
        y: Vertical axis.
        title: Name of the drawing, in a few words.
        description: What the drawing shows, in a sentence or two.
    """
    points = [point for panel in panels for one in panel.series for point in one.points]
    rows = make_scale(y, (point[1] for point in points), _HEIGHT, 0)
    left = left_room(rows)
    columns = make_scale(
        x, (point[0] for point in points), 0, (element.WIDTH - left - 10) / _IN_A_ROW - _GAP, to_tick=False
    )
    top, names = legend([one.name for one in max((panel.series for panel in panels), key=len, default=())], sample)
    content = [names, element.text(2, top + LARGE, y.title, class_="strong")]
    top += LINE + 4
    for index, panel in enumerate(panels):
        content.append(_panel(panel, index, _area(columns, rows, index, left, top), index + _IN_A_ROW >= len(panels)))
    height = top + -(-len(panels) // _IN_A_ROW) * (_ABOVE + _HEIGHT + _BELOW) + LINE
    content.append(element.text(element.WIDTH - 26, height - 6, x.title, text_anchor="end", class_="strong"))
    return element.drawing(title=title, description=description, content=element.join(content), height=height)


def _area(columns: Scale, rows: Scale, index: int, left: float, top: float) -> PlotArea:
    """Returns the area of the chart number `index`."""
    row, column = divmod(index, _IN_A_ROW)
    start = left + column * (columns.end + _GAP)
    bottom = top + row * (_ABOVE + _HEIGHT + _BELOW) + _ABOVE + _HEIGHT
    return PlotArea(columns.between(start, start + columns.end), rows.between(bottom, bottom - _HEIGHT))


def _panel(panel: Panel, index: int, area: PlotArea, is_last_in_column: bool) -> Markup:
    heading = element.text(area.x.start, area.y.end - 8, shortened(panel.title), class_="strong")
    frame_of_it = frame(area, has_x_ticks=is_last_in_column, has_y_ticks=index % _IN_A_ROW == 0, has_titles=False)
    return element.join([heading, frame_of_it, lines(area, panel.series)])
