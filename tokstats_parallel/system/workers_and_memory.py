"""CPUs, memory and open files: the number of worker processes for this machine, and what they use.

`auto` takes the smallest of: the CPUs that this process may run on, the CPU quota of its control groups, the workers
that fit into free memory at `WORKER_BYTES` each, and the shards of the run.
"""

import math
import os
import resource
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tokstats_parallel.errors import ConfigError
from tokstats_parallel.system.control_groups import ROOT, cpu_quotas, memory_limits

WORKER_BYTES = 700_000_000
AUTO = "auto"
_MOST_THREADS = 8  # one thread writes what all of them merge, so more are not faster


@dataclass(frozen=True, slots=True)
class Workers:
    """A number of worker processes, and one line with the reason."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerMemory:
    """Bytes of memory that worker processes do not share: of the largest process, and of all."""

    largest: int
    total: int


@dataclass(frozen=True, slots=True)
class AvailableMemory:
    """Memory that processes may use.

    Attributes:
        free: Bytes that they may still take.
        total: Bytes in all, used ones included: of the machine, or the limit of a control group.
        where: Which of the two it is, for a message.
    """

    free: int
    total: int
    where: str = "on this machine"


def parse_workers(requested: str) -> int | None:
    """Parses the value of `--workers`: a number, or None for `auto`.

    Raises:
        ConfigError: It is neither `auto` nor a whole number from 1.
    """
    if requested == AUTO:
        return None
    if requested.isascii() and requested.isdigit() and int(requested):
        return int(requested)
    raise ConfigError(f"--workers {requested!r}: must be {AUTO!r} or a whole number, 1 or more")


def choose_workers(requested: int | None, *, shards: int, root: Path = ROOT, free_memory: int | None = None) -> Workers:
    """Chooses the number of worker processes for a run.

    Args:
        requested: The number that the user gave; None to choose by the machine.
        shards: The shards of the run, at least 1; there are never more workers than shards.
        root: The root of the file systems with the control groups.
        free_memory: Bytes free on the machine; None to measure them.
    """
    if requested is not None:
        count = min(requested, shards)
        return Workers(count, f"workers: {count}, as asked" + _fewer(count, requested))
    free = measure_free_memory(root, free_memory)
    limits = {
        "CPUs": _cpus(),
        **{f"CPU quota ({quota:g})": math.ceil(quota) for quota in cpu_quotas(root)},
        f"free memory ({free / 1e9:.1f} GB at {WORKER_BYTES // 10**6} MB each)": max(1, free // WORKER_BYTES),
        "shards": shards,
    }
    count = min(limits.values())
    listing = ", ".join(f"{limit}: {workers}" for limit, workers in limits.items())
    return Workers(count, f"workers: {count}, the least of {listing}")


def choose_threads(workers: int, root: Path = ROOT) -> int:
    """The number of threads for work outside the worker processes: at most the number of these, and of usable CPUs."""
    quotas = (math.ceil(quota) for quota in cpu_quotas(root))
    return min(workers, _MOST_THREADS, _cpus(), *quotas)


def measure_free_memory(root: Path = ROOT, available: int | None = None) -> int:
    """Bytes that processes may still take on this machine and in this process's control groups.

    Args:
        root: The root of the file systems with the control groups.
        available: Bytes free on the machine; None to measure them.
    """
    return measure_memory(root, available).free


def measure_memory(root: Path = ROOT, available: int | None = None) -> AvailableMemory:
    """The available memory of this machine or of one of this process's control groups, whichever has least free.

    Args:
        root: The root of the file systems with the control groups.
        available: Bytes free on the machine; None to measure them.
    """
    machine = psutil.virtual_memory()
    free = machine.available if available is None else available
    groups = (AvailableMemory(left, limit, "in the control group") for left, limit in memory_limits(root))
    return min([AvailableMemory(free, machine.total), *groups], key=lambda memory: memory.free)


def allow_files(count: int) -> None:
    """Raises the limit of open files for this process and its children to `count`, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # some systems have a lower limit than they report
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def worker_memory(pids: Sequence[int]) -> WorkerMemory:
    """The memory that processes use now; a process that has ended uses none."""
    used = [_private_bytes(pid) for pid in pids]
    return WorkerMemory(max(used, default=0), sum(used))


def _private_bytes(pid: int) -> int:
    try:
        info = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    # Libraries' pages are shared by all processes. Not every system reports them separately.
    return int(info.rss - getattr(info, "shared", 0))


def _fewer(count: int, requested: int) -> str:
    return "" if count == requested else f" ({requested}, but there are no more shards)"


def _cpus() -> int:
    """The number of CPUs that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
