"""Watchdog: detects hung workers.

A worker counts as hung if it sends no heartbeat, or if its shard takes far longer than any other shard. Time in which
the coordinator itself did not run (a suspended machine, Ctrl-Z, a slow disk) is not counted: see `clock.ActiveTime`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of the watchdog, in seconds.

    Attributes:
        poll: Largest time between two checks of the workers.
        heartbeat: Time between two heartbeats of a worker.
        start: Time that a new worker may take to send its first heartbeat.
        silence: Time without a message after which a worker counts as hung.
        shard: Time that every shard may take, even if other shards are much faster; see `ShardPace`.
    """

    poll: float = 1.0
    heartbeat: float = 1.0
    start: float = 120.0
    silence: float = 30.0
    shard: float = 600.0


TIMES_SLOWEST = 20
"""Multiple of the slowest shard's time after which a shard counts as hung, in proportion to the work of both."""


class ShardPace:
    """Pace of the finished shards, from which follows the time that another shard may take.

    The work of a shard is the number of its draws plus the stream batches that fill its pool, even if the shard needs
    no filling. There is no limit before the first shard has ended.
    """

    def __init__(self, limits: Limits, fill_batches: int) -> None:
        """Takes the limits of the watchdog, and the number of stream batches that fill a pool."""
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
    """Watchdog of one worker process. Its times are readings of an `ActiveTime`, in seconds.

    Attributes:
        since: Time at which the process received its shard, or sent its first heartbeat if that was later.
    """

    def __init__(self, limits: Limits) -> None:
        """Takes the limits of the watchdog; the process is watched from its first shard on."""
        self._limits = limits
        self._last_message = 0.0
        self._has_begun = False
        self.since = 0.0

    def given(self, now: float) -> None:
        """Records that the process has received a shard."""
        self.since = self._last_message = now

    def heard(self, now: float) -> None:
        """Records that the process has sent a heartbeat or an answer."""
        self._last_message = now
        if not self._has_begun:
            self._has_begun, self.since = True, now

    def hangs(self, now: float, limit: float) -> str | None:
        """Returns the reason why the process counts as hung, or None if it does not.

        Args:
            now: Reading of the clock.
            limit: Seconds that the shard of the process may take.
        """
        silence = self._limits.silence if self._has_begun else self._limits.start
        if now - self._last_message > silence:
            return f"gave no sign of life for {silence:g} s"
        if now - self.since > limit:
            return f"was not done after {limit:,.0f} s"
        return None
