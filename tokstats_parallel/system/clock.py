"""Clocks: the wall-clock time of each phase of a run, and clocks that count or leave out a machine's sleep."""

import time
from collections.abc import Callable
from time import perf_counter


class PhaseClock:
    """Clock that measures the phases of a run, each of which begins when the one before ends.

    Attributes:
        seconds: Name of each phase that has ended -> its seconds of wall-clock time.
    """

    def __init__(self) -> None:
        """Starts the clock, and with it the first phase."""
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def end(self, phase: str) -> None:
        """Ends the current phase, records its seconds under the name `phase`, and starts another phase."""
        now = perf_counter()
        self.seconds[phase] = now - self._last
        self._last = now


class ActiveTime:
    """Clock that counts only the time in which its process runs: a longer pause between reads is `step`."""

    def __init__(self, step: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Starts the clock at 0 s; `clock` returns seconds, and never goes back."""
        self._step = step
        self._clock = clock
        self._last = clock()
        self.now = 0.0

    def read(self) -> float:
        """Returns the counted seconds since the clock was started."""
        last, self._last = self._last, self._clock()
        self.now += min(self._last - last, self._step)
        return self.now


def seconds_with_sleep() -> float:
    """Returns the reading of a clock, in seconds, that never goes back and runs on while the machine is suspended."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))
