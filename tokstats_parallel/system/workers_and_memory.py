"""Workers and memory: chooses the number of worker processes, and measures the memory that processes use.

`auto` chooses the smallest of these numbers: the CPUs that this process may run on, the CPU quota of its control
groups, the CPUs that Slurm has given to the task, the workers that fit into free memory at `WORKER_BYTES` each, and the
most shards that the run may be cut into.
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
from tokstats_parallel.system.digits import parse_digits

WORKER_BYTES = 700_000_000
AUTO = "auto"
SLURM_CPUS = "SLURM_CPUS_PER_TASK"
"""Variable that Slurm sets where `--cpus-per-task` is given; not every cluster confines a task to these CPUs."""
MAX_THREADS = 8  # more are not faster, because one thread writes the rows that all threads merge


@dataclass(frozen=True, slots=True)
class Workers:
    """Chosen number of worker processes, and one line that explains the choice."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class WorkerMemory:
    """Memory that worker processes use and do not share, in bytes: of the largest process, and of all together."""

    largest: int
    total: int


@dataclass(frozen=True, slots=True)
class AvailableMemory:
    """Memory that processes may use, on the machine or in a control group.

    Attributes:
        free: Free memory, in bytes.
        total: Free and used memory, in bytes: the memory of the machine, or the limit of the control group.
        where: Words for a message that say whether it is the machine or the control group.
    """

    free: int
    total: int
    where: str = "on this machine"


def parse_workers(requested: str) -> int | None:
    """Parses the value of `--workers`: returns the number of workers, or None for `auto`.

    Raises:
        ConfigError: The value is neither `auto` nor a whole number of at least 1.
    """
    if requested == AUTO:
        return None
    if count := parse_digits(requested):
        return count
    raise ConfigError(f"--workers {requested!r}: must be {AUTO!r} or a whole number, 1 or more")


def choose_workers(requested: int | None, *, shards: int, root: Path = ROOT, free_memory: int | None = None) -> Workers:
    """Chooses the number of worker processes for a run.

    Args:
        requested: Number of workers that the user gave; None to choose it by CPUs, free memory and shards.
        shards: Number of shards of the run if its workers are as many as it can use, at least 1; the run never has more
            workers.
        root: Folder that stands for `/` when control groups are read.
        free_memory: Free memory of the machine, in bytes; None to measure it.
    """
    if requested is not None:
        count = min(requested, shards)
        return Workers(count, f"workers: {count}, as asked" + _fewer(count, requested))
    free = measure_free_memory(root, free_memory)
    limits = {
        "CPUs": _cpus(),
        **{f"CPU quota ({quota:g})": math.ceil(quota) for quota in cpu_quotas(root)},
        **_slurm_cpus(),
        f"free memory ({free / 1e9:.1f} GB at {WORKER_BYTES // 10**6} MB each)": max(1, free // WORKER_BYTES),
        "most shards": shards,
    }
    count = min(limits.values())
    listing = ", ".join(f"{limit}: {workers}" for limit, workers in limits.items())
    return Workers(count, f"workers: {count}, the least of {listing}")


def choose_threads(workers: int, root: Path = ROOT) -> int:
    """Chooses the number of threads of the coordinator: at most 8, `workers`, and the CPUs that it may use."""
    quotas = (math.ceil(quota) for quota in cpu_quotas(root))
    return min(workers, MAX_THREADS, _cpus(), *quotas, *_slurm_cpus().values())


def _slurm_cpus() -> dict[str, int]:
    """Returns the number of CPUs that Slurm has given to this process's task, by its variable; empty if it has not."""
    count = parse_digits(os.environ.get(SLURM_CPUS, ""))
    return {SLURM_CPUS: count} if count else {}


def measure_free_memory(root: Path = ROOT, available: int | None = None) -> int:
    """Returns the free memory, in bytes, that this machine and this process's control groups allow.

    Args:
        root: Folder that stands for `/` when control groups are read.
        available: Free memory of the machine, in bytes; None to measure it.
    """
    return measure_memory(root, available).free


def measure_memory(root: Path = ROOT, available: int | None = None) -> AvailableMemory:
    """Returns the memory of this machine or of one of this process's control groups, whichever has least free memory.

    Args:
        root: Folder that stands for `/` when control groups are read.
        available: Free memory of the machine, in bytes; None to measure it.
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
    """Measures the memory that the processes `pids` use now; a process that has ended counts as 0 bytes."""
    used = [_private_bytes(pid) for pid in pids]
    return WorkerMemory(max(used, default=0), sum(used))


def _private_bytes(pid: int) -> int:
    try:
        info = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    # All processes share the pages of libraries, but not every system reports shared pages separately.
    return int(info.rss - getattr(info, "shared", 0))


def _fewer(count: int, requested: int) -> str:
    return "" if count == requested else f" ({requested}, but there are no more shards)"


def _cpus() -> int:
    """Returns the number of CPUs that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1
