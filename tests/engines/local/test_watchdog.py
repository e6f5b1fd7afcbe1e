"""Watchdog: when a worker counts as hung, with a clock of the test."""

from tokstats_parallel.engines.local.watchdog import TIMES_SLOWEST, Limits, ShardPace, Watchdog
from tokstats_parallel.system.clock import ActiveTime

LIMITS = Limits(poll=1.0, heartbeat=1.0, start=120.0, silence=30.0, shard=600.0)
ENDLESS = float("inf")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_time_without_a_check_is_not_counted() -> None:
    clock = Clock()
    time = ActiveTime(2.0, clock)
    clock.now += 1.5
    assert time.read() == 1.5
    clock.now += 3600  # suspended
    assert time.read() == 3.5
    assert time.read() == 3.5
    assert time.now == 3.5


def test_a_process_that_starts_has_more_time() -> None:
    watchdog = Watchdog(LIMITS)
    watchdog.given(10.0)
    assert watchdog.hangs(129.0, ENDLESS) is None
    assert watchdog.hangs(131.0, ENDLESS) == "gave no sign of life for 120 s"
    watchdog.heard(50.0)
    assert watchdog.hangs(79.0, ENDLESS) is None
    assert watchdog.hangs(81.0, ENDLESS) == "gave no sign of life for 30 s"


def test_heartbeats_do_not_prolong_a_shard_for_ever() -> None:
    watchdog = Watchdog(LIMITS)
    watchdog.given(0.0)
    watchdog.heard(100.0)  # it has begun; its shard is timed from here
    watchdog.heard(690.0)
    assert watchdog.hangs(699.0, 600.0) is None
    watchdog.heard(700.0)
    assert watchdog.hangs(701.0, 600.0) == "was not done after 600 s"
    watchdog.given(701.0)
    assert watchdog.hangs(702.0, 600.0) is None


def test_idle_time_before_a_shard_is_not_counted() -> None:
    watchdog = Watchdog(LIMITS)
    watchdog.given(0.0)
    watchdog.heard(1.0)
    watchdog.given(500.0)
    assert watchdog.hangs(501.0, 600.0) is None


def test_the_limit_of_a_shard_follows_the_slowest() -> None:
    pace = ShardPace(LIMITS, fill_batches=16)
    assert pace.limit(64) == ENDLESS
    pace.ended(64, seconds=1.6)
    assert pace.limit(64) == LIMITS.shard
    pace.ended(64, seconds=160.0)
    pace.ended(64, seconds=80.0)
    assert pace.limit(64) == TIMES_SLOWEST * 160.0
    assert pace.limit(1) == TIMES_SLOWEST * 2.0 * 17
