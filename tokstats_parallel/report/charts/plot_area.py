"""Plot area: the grid, the ticks and the titles of the axes, around whatever is drawn inside."""

from dataclasses import dataclass

from markupsafe import Markup

from tokstats_parallel.report.charts.element import join, path, text
from tokstats_parallel.report.charts.scale import Scale, tick_text
from tokstats_parallel.report.charts.text import LARGE, LINE, width

TOP, BOTTOM = 34, 52
"""Room above a plot area, for the title of the vertical axis, and below, for ticks and the horizontal axis's title."""
_TICK_ROOM = 85
"""Width that a horizontal tick takes with the space around it."""


@dataclass(frozen=True, slots=True)
class PlotArea:
    """Rectangle with two scales; `x` starts at its left side, `y` at its bottom."""

    x: Scale
    y: Scale

    def place(self, point: tuple[float, float]) -> tuple[float, float]:
        """Returns the place of a point that `draws` accepts."""
        return self.x.at(point[0]), self.y.at(point[1])

    def draws(self, point: tuple[float, float]) -> bool:
        """Returns whether a point has a place on both scales."""
        return self.x.draws(point[0]) and self.y.draws(point[1])


def left_room(y: Scale) -> float:
    """Returns the room that the ticks of a vertical axis need at the left."""
    return 10 + max((width(tick_text(tick, is_share=y.axis.is_share)) for tick in y.ticks(5)), default=0)


def frame(area: PlotArea, *, has_x_ticks: bool = True, has_y_ticks: bool = True, has_titles: bool = True) -> Markup:
    """Draws the grid, and the ticks and titles that are asked for."""
    x, y = area.x, area.y
    columns = x.ticks(max(2, int((x.end - x.start) / _TICK_ROOM)))
    rows = y.ticks(max(2, int((y.start - y.end) / (2 * LINE))))
    grid = "".join(f"M{x.start:.0f} {y.at(row):.1f}H{x.end:.0f}" for row in rows)
    base = f"M{x.start:.0f} {y.start:.0f}H{x.end:.0f}" + "".join(
        f"M{x.at(column):.1f} {y.start:.0f}v5" for column in columns
    )
    parts = [path(grid, class_="grid", stroke="#ccc"), path(base, class_="axis", stroke="#666")]
    if has_x_ticks:
        parts += [
            text(x.at(tick), y.start + LINE + 2, tick_text(tick, is_share=x.axis.is_share), text_anchor="middle")
            for tick in columns
        ]
    if has_y_ticks:
        parts += [
            text(x.start - 8, y.at(tick) + LARGE / 3, tick_text(tick, is_share=y.axis.is_share), text_anchor="end")
            for tick in rows
        ]
    if has_titles:
        parts += titles(area)
    return Markup('<g class="muted">{}</g>').format(join(parts))


def titles(area: PlotArea) -> list[Markup]:
    """Returns the titles of both axes: above the vertical one, below the horizontal one."""
    x, y = area.x, area.y
    return [
        text(2, y.end - LINE + 2, y.axis.title, class_="strong"),
        text(x.end, y.start + 2 * LINE + 6, x.axis.title, text_anchor="end", class_="strong"),
    ]
