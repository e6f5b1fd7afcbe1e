"""When a worker counts as hung: it gives no sign of life, or its shard takes far longer than any has taken.

Time in which the coordinator itself did not run is nobody's fault (a suspended machine, Ctrl-Z, a slow disk under it),
so it is not counted: see `LivedTime`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds.

    Attributes:
        poll: From one look at the workers to the next, at most.
        beat: From one sign of life to the next.
        start: Until a new process has given the first.
        silence: Until a process counts as stopped.
        shard: For a shard, at least; see `Pace`.
    """

    poll: float = 1.0
    beat: float = 1.0
    start: float = 120.0
    silence: float = 30.0
    shard: float = 600.0


TIMES_SLOWEST = 20
"""As long as the slowest shard by its work: that is no longer slow."""


class LivedTime:
    """Seconds in which somebody who looks at it again and again was running; a longer step counts as `step`."""

    def __init__(self, step: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Starts at 0; `clock` gives seconds that only grow."""
        self._step = step
        self._clock = clock
        self._last = clock()
        self.now = 0.0

    def look(self) -> float:
        """The time now."""
        last, self._last = self._last, self._clock()
        self.now += min(self._last - last, self._step)
        return self.now


class Pace:
    """How long shards take for their work, and so how long one may take.

    A shard's work is its draws and the filling of its window, which not every one needs. Until the first has ended,
    nobody knows how long one takes: any time is right.
    """

    def __init__(self, limits: Limits, window: int) -> None:
        """Takes the least limit and the stream batches that fill a window."""
        self._least = limits.shard
        self._window = window
        self._slowest: float | None = None

    def ended(self, draws: int, seconds: float) -> None:
        """A shard has ended in so many seconds."""
        self._slowest = max(self._slowest or 0.0, seconds / (draws + self._window))

    def limit(self, draws: int) -> float:
        """Seconds that a shard may take."""
        if self._slowest is None:
            return float("inf")
        return max(self._least, TIMES_SLOWEST * self._slowest * (draws + self._window))


class Vigil:
    """One worker process, as its signs of life tell of it; times are those of a `LivedTime`.

    Attributes:
        since: When it was given its shard, or has begun after that.
    """

    def __init__(self, limits: Limits) -> None:
        """Takes the limits; there is nothing to tell before a shard is given."""
        self._limits = limits
        self._heard = 0.0
        self._has_begun = False
        self.since = 0.0

    def given(self, now: float) -> None:
        """It was given a shard."""
        self.since = self._heard = now

    def heard(self, now: float) -> None:
        """It gave a sign of life, or an answer."""
        self._heard = now
        if not self._has_begun:
            self._has_begun, self.since = True, now

    def hangs(self, now: float, limit: float) -> str | None:
        """Why it counts as hung, where its shard may take `limit` seconds; None where it does not."""
        silence = self._limits.silence if self._has_begun else self._limits.start
        if now - self._heard > silence:
            return f"gave no sign of life for {silence:g} s"
        if now - self.since > limit:
            return f"was not done after {limit:,.0f} s"
        return None
