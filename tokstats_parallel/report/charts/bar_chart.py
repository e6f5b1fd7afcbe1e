"""Bar charts: horizontal bars with their labels at the left and their numbers at the right."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tokstats_parallel.report.charts import element
from tokstats_parallel.report.charts.chart import Axis
from tokstats_parallel.report.charts.legend import SAMPLE, legend
from tokstats_parallel.report.charts.marks import TEXTURES, colour
from tokstats_parallel.report.charts.scale import Scale, make_scale, tick_text
from tokstats_parallel.report.charts.text import LARGE, LINE, shortened, width

_ROW, _BAR = 24, 16
"""Height of a row, and of the bar in it."""
_EDGE = 32
"""Least room at the right of the axis, for half of its last tick."""
_GAP = 1.5
"""Space between two parts of a bar."""


@dataclass(frozen=True, slots=True)
class Bar:
    """Bar of a chart.

    Attributes:
        label: Name, such as a language or a length in bytes.
        value: Length of the bar, 0 or more.
        note: Text at the end of the bar, usually the value as written.
    """

    label: str
    value: float
    note: str


@dataclass(frozen=True, slots=True)
class StackedBar:
    """Bar that is made of parts.

    Attributes:
        label: Name, such as a language.
        values: Length of each part, 0 or more, in the order of the parts' names.
        note: Text at the end of the bar; may be empty.
    """

    label: str
    values: Sequence[float]
    note: str = ""


def bar_chart(bars: Sequence[Bar], *, axis: Axis, title: str, description: str) -> Markup:
    """Draws one bar below the other, about 100 bytes each.

    Args:
        bars: Bars, in the order from top to bottom.
        axis: Axis of the values; it begins at 0 and must not be logarithmic.
        title: Name of the drawing, in a few words.
        description: What the drawing shows, in a sentence or two.
    """
    stacked = [StackedBar(bar.label, [bar.value], bar.note) for bar in bars]
    return stacked_bar_chart(stacked, [""], axis=axis, title=title, description=description)


def stacked_bar_chart(
    bars: Sequence[StackedBar], parts: Sequence[str], *, axis: Axis, title: str, description: str
) -> Markup:
    """Draws bars of parts; each part has a colour and a texture, and its name above the bars.

    Args:
        bars: Bars, in the order from top to bottom.
        parts: Names of the parts, at most six, in the order from left to right.
        axis: Axis of the values; it begins at 0 and must not be logarithmic.
        title: Name of the drawing, in a few words.
        description: What the drawing shows, in a sentence or two.
    """
    above, names = legend(parts, _sample)
    labels = [shortened(bar.label) for bar in bars]
    start = 10 + max(map(width, labels), default=0)
    end = element.WIDTH - max([_EDGE, *(12 + width(bar.note) for bar in bars)])
    scale = make_scale(axis, (sum(bar.values) for bar in bars), start, max(end, start + 60))
    top = above + LINE + 8
    bottom = top + _ROW * len(bars)
    content = [names, element.text(2, above + LARGE, axis.title, class_="strong muted"), _grid(scale, top, bottom)]
    content += [_bars(bars, part, scale, top) for part in range(len(parts))]
    content += [
        _words(bar, label, scale, top + _ROW * (row + 0.5) + LARGE / 3)
        for row, (bar, label) in enumerate(zip(bars, labels, strict=True))
    ]
    return element.drawing(
        title=title, description=description, content=element.join(content), height=bottom + LINE + 12
    )


def _words(bar: StackedBar, label: str, scale: Scale, y: float) -> Markup:
    """Draws the label and the note of a bar."""
    words = element.text(scale.start - 8, y, label, text_anchor="end")
    return words + element.text(scale.at(sum(bar.values)) + 6, y, bar.note) if bar.note else words


def _bars(bars: Sequence[StackedBar], part: int, scale: Scale, top: float) -> Markup:
    """Draws one part of all bars, which is a path of thick lines, and its texture."""
    d = []
    for row, bar in enumerate(bars):
        begin = scale.at(sum(bar.values[:part]))
        length = scale.at(sum(bar.values[: part + 1])) - begin - (_GAP if len(bar.values) > part + 1 else 0)
        if bar.values[part] > 0:
            y = top + _ROW * (row + 0.5)
            d.append(f"M{element.number(begin)} {element.number(y)}h{element.number(max(length, 1))}")
    return _thick(d, part)


def _thick(d: Iterable[str], part: int) -> Markup:
    commands = "".join(d)
    solid = element.path(commands, class_=colour(part), stroke="currentColor", stroke_width=_BAR)
    texture = TEXTURES[part % len(TEXTURES)]
    if not texture:
        return solid
    return solid + element.path(
        commands, class_="ground", stroke="#fff", stroke_width=_BAR - 6, stroke_opacity=".8", stroke_dasharray=texture
    )


def _sample(x: float, y: float, place: int) -> Markup:
    """Draws the piece of a bar that stands beside the name of a part."""
    return _thick([f"M{element.number(x)} {element.number(y)}h{SAMPLE}"], place)


def _grid(scale: Scale, top: float, bottom: float) -> Markup:
    """Draws the ticks of the axis below the bars, with lines behind the bars."""
    ticks = scale.ticks(max(2, int((scale.end - scale.start) / 80)))
    lines = "".join(f"M{element.number(scale.at(tick))} {top:.0f}V{bottom + 2:.0f}" for tick in ticks)
    words = (
        element.text(scale.at(tick), bottom + LINE, tick_text(tick, is_share=scale.axis.is_share), text_anchor="middle")
        for tick in ticks
    )
    grid = element.path(lines, class_="grid", stroke="#ccc")
    return Markup('{}<g class="muted">{}</g>').format(grid, element.join(words))
