"""Scales: linear and logarithmic ones, from numbers to places in a drawing, with round ticks."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tokstats_parallel.report.charts.chart import Axis

_STEPS = (1, 2, 5)
_FEW_DECADES = 2
"""Number of powers of ten below which a logarithmic scale has ticks between them, too."""
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_TOO_SMALL = 1e-3
"""Numbers below this are written as a power of ten."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Scale of one axis.

    Attributes:
        axis: Axis.
        low: Number at the beginning.
        high: Number at the end, above `low`.
        start: Place of `low` in the drawing.
        end: Place of `high`; it may be before `start`.
    """

    axis: Axis
    low: float
    high: float
    start: float
    end: float

    def draws(self, value: float) -> bool:
        """Returns whether a number has a place on the scale."""
        return math.isfinite(value) and (value > 0 or not self.axis.is_log)

    def at(self, value: float) -> float:
        """Returns the place of a number that `draws` accepts; numbers beyond an end are at that end."""
        low, high, value = (
            (math.log10(number) if self.axis.is_log else number) for number in (self.low, self.high, value)
        )
        part = min(max((value - low) / (high - low), 0.0), 1.0)
        return self.start + part * (self.end - self.start)

    def between(self, start: float, end: float) -> "Scale":
        """Returns the same scale at other places."""
        return Scale(self.axis, self.low, self.high, start, end)

    def ticks(self, most: int) -> list[float]:
        """Returns round numbers of the scale, at most `most` or a few more, from low to high."""
        return _log_ticks(self.low, self.high, most) if self.axis.is_log else _linear_ticks(self.low, self.high, most)


def make_scale(axis: Axis, values: Iterable[float], start: float, end: float, *, to_tick: bool = True) -> Scale:
    """Returns the scale of an axis on which numbers are drawn.

    A linear scale has 0, and without numbers it goes from 0 to 1.

    Args:
        axis: Axis, which may have a lowest and a highest number.
        values: Numbers.
        start: Place of the lowest number in the drawing.
        end: Place of the highest number.
        to_tick: Whether a linear scale goes on to the next tick, instead of ending at the highest number.
    """
    found = [value for value in values if math.isfinite(value) and (value > 0 or not axis.is_log)]
    low, high = axis.low, axis.high
    if axis.is_log:
        low = min(found, default=1.0) if low is None else low
        high = max(found, default=low) if high is None else high
        return Scale(axis, low, high if high > low else 10 * low, start, end)
    low = min([0.0, *found]) if low is None else low
    if high is None:
        high = max([0.0, *found])
        high = high if high > low else low + 1
        step = _step(high - low, 5)
        high = max(high, math.ceil(high / step - 1e-9) * step) if to_tick else high
    return Scale(axis, low, high if high > low else low + 1, start, end)


def tick_text(value: float, *, is_share: bool) -> str:
    """Returns a tick's number as text: `0`, `250`, `10k`, `2M`, `0.1 %`, `10⁻⁵ %`."""
    if is_share:
        return f"{_plain(100 * value)} %"
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if abs(value) >= unit:
            return f"{_plain(value / unit)}{letter}"
    return _plain(value)


def _plain(value: float) -> str:
    """Returns a round number in few characters."""
    if value and abs(value) < _TOO_SMALL:
        digits, _, power = f"{value:.0e}".partition("e")
        factor = "" if digits == "1" else f"{digits}·"
        return f"{factor}10{str(int(power)).translate(_SUPERSCRIPTS)}"
    return f"{Decimal(f'{value:.3g}'):,f}"


def _step(span: float, most: int) -> float:
    """Returns the smallest round step of which at most `most` lie in a span."""
    power = 10.0 ** math.floor(math.log10(span / most))
    return next((step * power for step in _STEPS if span / (step * power) <= most + 1e-9), 10 * power)


def _linear_ticks(low: float, high: float, most: int) -> list[float]:
    step = _step(high - low, most)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def _log_ticks(low: float, high: float, most: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    decades = _inside([10.0**power for power in range(first, last + 1)], low, high)
    if len(decades) > _FEW_DECADES:
        return decades[:: math.ceil(len(decades) / most)]
    ticks = _inside([step * 10.0**power for power in range(first, last + 1) for step in _STEPS], low, high)
    return ticks if len(ticks) >= _FEW_DECADES else _linear_ticks(low, high, most)


def _inside(ticks: Sequence[float], low: float, high: float) -> list[float]:
    return [tick for tick in ticks if low * (1 - 1e-9) <= tick <= high * (1 + 1e-9)]
