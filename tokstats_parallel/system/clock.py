"""Clock for the wall-clock time of each phase of a run."""

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
