"""Watchdog: a worker counts as hung if it sends no heartbeat, or its shard takes far longer than any other.

Time in which the coordinator itself did not run (a suspended machine, Ctrl-Z, a slow disk under it) is not counted: see
`ActiveTime`.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Times in seconds.

    Attributes:
        poll: The longest time between two checks of the workers.
        heartbeat: The time between two heartbeats.
        start: The time until a new process must have sent its first heartbeat.
        silence: The time without a message after which a process counts as hung.
        shard: The least time that a shard may take; see `ShardPace`.
    """

    poll: float = 1.0
    heartbeat: float = 1.0
    start: float = 120.0
    silence: float = 30.0
    shard: float = 600.0


TIMES_SLOWEST = 20
"""A shard is hung after this multiple of the slowest shard's time, in proportion to their work."""


class ActiveTime:
    """Clock that counts only the time in which its reader runs: a longer step between two reads counts as `step`."""

    def __init__(self, step: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Starts at 0; `clock` returns seconds and never goes back."""
        self._step = step
        self._clock = clock
        self._last = clock()
        self.now = 0.0

    def read(self) -> float:
        """Returns the time now."""
        last, self._last = self._last, self._clock()
        self.now += min(self._last - last, self._step)
        return self.now


class ShardPace:
    """Time that a shard may take, from the times of finished shards.

    The work of a shard is its draws and the filling of its pool, which some shards do not need. There is no limit
    before the first shard has ended.
    """

    def __init__(self, limits: Limits, fill_batches: int) -> None:
        """Takes the limits, and the number of stream batches that fill a pool."""
        self._least = limits.shard
        self._fill_batches = fill_batches
        self._slowest: float | None = None

    def ended(self, draws: int, seconds: float) -> None:
        """Records that a shard of `draws` draws took `seconds`."""
        self._slowest = max(self._slowest or 0.0, seconds / (draws + self._fill_batches))

    def limit(self, draws: int) -> float:
        """Returns the seconds that a shard of `draws` draws may take."""
        if self._slowest is None:
            return float("inf")
        return max(self._least, TIMES_SLOWEST * self._slowest * (draws + self._fill_batches))


class Watchdog:
    """Watchdog of one worker process; times are those of an `ActiveTime`.

    Attributes:
        since: The time at which the process was given its shard, or sent its first heartbeat if that was later.
    """

    def __init__(self, limits: Limits) -> None:
        """Takes the limits; nothing is watched before a shard is given."""
        self._limits = limits
        self._last_message = 0.0
        self._has_begun = False
        self.since = 0.0

    def given(self, now: float) -> None:
        """Records that the process was given a shard."""
        self.since = self._last_message = now

    def heard(self, now: float) -> None:
        """Records a heartbeat or an answer."""
        self._last_message = now
        if not self._has_begun:
            self._has_begun, self.since = True, now

    def hangs(self, now: float, limit: float) -> str | None:
        """Returns the reason why the process counts as hung, or None; its shard may take `limit` seconds."""
        silence = self._limits.silence if self._has_begun else self._limits.start
        if now - self._last_message > silence:
            return f"gave no sign of life for {silence:g} s"
        if now - self.since > limit:
            return f"was not done after {limit:,.0f} s"
        return None
