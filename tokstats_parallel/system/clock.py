"""Wall-clock time by phase."""

from time import perf_counter


class PhaseClock:
    """Measures phases that follow one another without a gap.

    Attributes:
        seconds: Phase -> seconds of wall-clock time, of the phases that have ended.
    """

    def __init__(self) -> None:
        """Starts the first phase."""
        self.seconds: dict[str, float] = {}
        self._last = perf_counter()

    def end(self, phase: str) -> None:
        """Ends the current phase, gives it this name, and starts the next."""
        now = perf_counter()
        self.seconds[phase] = now - self._last
        self._last = now
