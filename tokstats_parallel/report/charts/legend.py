"""Legend: the names of series beside a sample of each, in lines above a chart."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from tokstats_parallel.report.charts import element
from tokstats_parallel.report.charts.text import LARGE, LINE, shortened, width

SAMPLE = 34
"""Width of a sample; it holds any dash pattern once."""
_LEFT = 2.0
_SPACE = 14
"""Space between a name and the next sample."""


def legend(names: Sequence[str], sample: Callable[[float, float, int], Markup]) -> tuple[float, Markup]:
    """Returns the height of a legend, and the legend; both are empty if there is only one name.

    Args:
        names: Names of the series.
        sample: Draws the sample of a series from its left end, its height and the place of the series.
    """
    if len(names) <= 1:
        return 0.0, Markup()
    x, y = _LEFT, 0.0
    parts = []
    for place, name in enumerate(shortened(name, 28) for name in names):
        needed = SAMPLE + 6 + width(name)
        if x + needed > element.WIDTH and x > _LEFT:
            x, y = _LEFT, y + LINE
        parts.append(sample(x, y + LINE / 2, place))
        parts.append(element.text(x + SAMPLE + 6, y + LINE / 2 + LARGE / 3, name))
        x += needed + _SPACE
    return y + LINE + 8, element.join(parts)
