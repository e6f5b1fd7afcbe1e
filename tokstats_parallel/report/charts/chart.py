"""Chart: the values that all charts take."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Axis:
    """Axis of a chart.

    Attributes:
        title: Name of the numbers with their unit, such as "rank of the token".
        is_log: Whether the scale is logarithmic; points that are not above 0 are then left out.
        is_share: Whether the numbers are shares from 0 to 1, whose ticks are written in percent.
        low: Lowest number of the axis; by default 0, or the lowest number that is drawn if the scale is logarithmic.
        high: Highest number of the axis; by default the highest number that is drawn.
    """

    title: str
    is_log: bool = False
    is_share: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Points of one name in a chart.

    Attributes:
        name: Label, such as a language.
        points: Pairs (x, y); the x of a line rise.
        is_step: Whether a line keeps the y of a point up to the next x, instead of going straight to the next point.
    """

    name: str
    points: Sequence[tuple[float, float]]
    is_step: bool = False
