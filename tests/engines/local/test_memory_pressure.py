"""Memory pressure: when memory is short, and when that was the cause of a death."""

import errno
import signal

import pytest

from tokstats_parallel.engines.local.memory_pressure import MemoryWatch, Readings, reserve
from tokstats_parallel.system.workers_and_memory import AvailableMemory, WorkerMemory

MB = 1_000_000


class Machine:
    """Machine with made-up figures."""

    def __init__(self) -> None:
        self.available = AvailableMemory(1000 * MB, 4000 * MB)
        self.used = WorkerMemory(0, 0)
        self.kills: int | None = 5
        self.readings = Readings(
            available=lambda: self.available, used=lambda _pids: self.used, oom_kills=lambda: self.kills
        )


@pytest.mark.parametrize(("total", "expected"), [(512, 200), (4_000, 200), (8_000, 400), (1_000_000, 500)])
def test_the_reserve(total: int, expected: int) -> None:
    assert reserve(AvailableMemory(0, total * MB)) == expected * MB


def test_short_is_less_than_the_reserve() -> None:
    machine = Machine()
    watch = MemoryWatch(machine.readings)
    for free, short in ((200, False), (199, True), (0, True), (4000, False)):
        machine.available = AvailableMemory(free * MB, 4000 * MB)
        assert watch.is_short([1, 2]) == short


def test_the_figures_are_the_most_that_was_seen_and_what_is_free_now() -> None:
    machine = Machine()
    watch = MemoryWatch(machine.readings)
    assert watch.figures() == "1.0 GB of 4.0 GB are free on this machine"
    for largest in (150, 90):
        machine.used = WorkerMemory(largest * MB, 2 * largest * MB)
        watch.is_short([1, 2])
    machine.available = AvailableMemory(30 * MB, 4000 * MB)
    assert watch.figures() == "a worker was seen to use 150.0 MB; 30.0 MB of 4.0 GB are free on this machine"


def test_the_figures_have_the_least_that_was_free_before_a_process_died() -> None:
    """Its death frees memory, so the memory that is free now does not show why it died."""
    machine = Machine()
    watch = MemoryWatch(machine.readings)
    for free in (600, 30, 700):
        machine.available = AvailableMemory(free * MB, 2000 * MB, "in the control group")
        watch.is_short([1])
    assert watch.figures() == "700.0 MB of 2.0 GB are free in the control group, 30.0 MB were at times"


def test_each_kill_of_the_kernel_is_one_death() -> None:
    machine = Machine()
    watch = MemoryWatch(machine.readings)
    assert not watch.was_cause(-signal.SIGKILL)
    machine.kills = 7
    assert [watch.was_cause(-signal.SIGKILL) for _ in range(3)] == [True, True, False]


def test_where_the_kernel_does_not_tell_every_sigkill_is_suspect() -> None:
    machine = Machine()
    machine.kills = None
    watch = MemoryWatch(machine.readings)
    assert watch.was_cause(-signal.SIGKILL)


@pytest.mark.parametrize(
    ("code", "expected"), [(None, False), (0, False), (1, False), (-signal.SIGSEGV, False), (errno.ENOMEM, True)]
)
def test_other_deaths(code: int | None, expected: bool) -> None:
    machine = Machine()
    watch = MemoryWatch(machine.readings)
    machine.kills = 9
    assert watch.was_cause(code) == expected
