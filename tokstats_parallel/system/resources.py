"""How many worker processes this machine has room for, and what they use.

`auto` takes the smallest of: the CPUs that this process may run on, the CPU quota of its control groups, the workers
that fit into free memory at `WORKER_BYTES` each, and the shards of the run. Control groups limit a process below what
the machine has, so both versions are read, from a group up to its root.
"""

import math
import os
import resource
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tokstats_parallel.errors import ConfigError

WORKER_BYTES = 700_000_000
AUTO = "auto"
_MOST_THREADS = 8  # one thread writes what all of them merge, so more gain nothing

_ROOT = Path("/")
_CGROUPS = Path("sys/fs/cgroup")
_RECLAIMABLE = ("inactive_file", "total_inactive_file")  # the page cache counts as used, but can be had back


@dataclass(frozen=True, slots=True)
class Workers:
    """How many worker processes, and one line that says why."""

    count: int
    reason: str


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes of the worker processes that they do not share: of the largest, and of all."""

    largest: int
    total: int


@dataclass(frozen=True, slots=True)
class Room:
    """Memory that processes may use.

    Attributes:
        free: Bytes that they may still take.
        total: Bytes that there are in all, used ones included: those of the machine, or the limit of a control group.
        where: Which of the two it is, for a message.
    """

    free: int
    total: int
    where: str = "on this machine"


def parse_workers(requested: str) -> int | None:
    """What was typed for `--workers`: a number, or None for `auto`.

    Raises:
        ConfigError: It is neither `auto` nor a whole number from 1.
    """
    if requested == AUTO:
        return None
    if requested.isascii() and requested.isdigit() and int(requested):
        return int(requested)
    raise ConfigError(f"--workers {requested!r}: must be {AUTO!r} or a whole number, 1 or more")


def choose_workers(
    requested: int | None, *, shards: int, root: Path = _ROOT, free_memory: int | None = None
) -> Workers:
    """The number of worker processes for a run.

    Args:
        requested: The number that was asked for; None to look at the machine.
        shards: The shards of the run, at least 1: a worker without one has nothing to do.
        root: Where the file systems with the control groups are.
        free_memory: Bytes free on the machine; measured where it is None.
    """
    if requested is not None:
        count = min(requested, shards)
        return Workers(count, f"workers: {count}, as asked" + _fewer(count, requested))
    free = measure_free_memory(root, free_memory)
    room = {
        "CPUs": _cpus(),
        **{f"CPU quota ({quota:g})": math.ceil(quota) for quota in _cpu_quotas(root)},
        f"free memory ({free / 1e9:.1f} GB at {WORKER_BYTES // 10**6} MB each)": max(1, free // WORKER_BYTES),
        "shards": shards,
    }
    count = min(room.values())
    limits = ", ".join(f"{limit}: {workers}" for limit, workers in room.items())
    return Workers(count, f"workers: {count}, the least of {limits}")


def choose_threads(workers: int, root: Path = _ROOT) -> int:
    """The number of threads that do what is done without the workers: not more than these, nor than CPUs to run on."""
    quotas = (math.ceil(quota) for quota in _cpu_quotas(root))
    return min(workers, _MOST_THREADS, _cpus(), *quotas)


def measure_free_memory(root: Path = _ROOT, available: int | None = None) -> int:
    """Bytes that processes may still take, on this machine (`available`) and within this process's control groups."""
    return measure_room(root, available).free


def measure_room(root: Path = _ROOT, available: int | None = None) -> Room:
    """The least room: that of this machine (`available` bytes are free), or of one of this process's control groups."""
    machine = psutil.virtual_memory()
    free = machine.available if available is None else available
    return min([Room(free, machine.total), *_memory_left(root)], key=lambda room: room.free)


def count_oom_kills(root: Path = _ROOT) -> int | None:
    """Processes that the kernel has ever ended for want of memory, in the control group or else on the machine.

    None where the system does not tell.
    """
    groups = [group / "memory.events" for group in _groups(root, "")]
    groups += [group / "memory.oom_control" for group in _groups(root, "memory")]
    for path in (*groups, root / "proc/vmstat"):
        words = _words(path)
        if "oom_kill" in words:
            return int(words[words.index("oom_kill") + 1])
    return None


def allow_files(count: int) -> None:
    """Lets this process, and those that it will start, have so many files open, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # some systems have a lower limit than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def worker_memory(pids: Sequence[int]) -> Memory:
    """What the processes use now; one that has gone uses nothing."""
    used = [_private_bytes(pid) for pid in pids]
    return Memory(max(used, default=0), sum(used))


def _private_bytes(pid: int) -> int:
    try:
        info = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0
    # Libraries' pages are shared by all processes. Not every system tells them apart.
    return int(info.rss - getattr(info, "shared", 0))


def _fewer(count: int, requested: int) -> str:
    return "" if count == requested else f" ({requested}, but there are no more shards)"


def _cpus() -> int:
    """The CPUs that this process may run on."""
    affinity = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _cpu_quotas(root: Path) -> Iterator[float]:
    """The lowest CPU quota of this process's control groups, in CPUs; nothing where there is none."""
    quotas = [
        *(_ratio(*_words(group / "cpu.max")) for group in _groups(root, "")),
        *(
            _ratio(*_words(group / "cpu.cfs_quota_us"), *_words(group / "cpu.cfs_period_us"))
            for group in _groups(root, "cpu")
        ),
    ]
    finite = [quota for quota in quotas if quota is not None]
    if finite:
        yield min(finite)


def _memory_left(root: Path) -> Iterator[Room]:
    """What every control group of this process that has a limit may still use."""
    for controller, limit, usage in (
        ("", "memory.max", "memory.current"),
        ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        for group in _groups(root, controller):
            numbers = [_number(word) for word in (*_words(group / limit), *_words(group / usage))]
            if len(numbers) == 2 and numbers[0] is not None and numbers[1] is not None:  # noqa: PLR2004 (limit, usage)
                yield Room(max(0, numbers[0] - numbers[1] + _reclaimable(group)), numbers[0], "in the control group")


def _reclaimable(group: Path) -> int:
    words = _words(group / "memory.stat")
    sizes = dict(zip(words[::2], words[1::2], strict=False))
    return max(int(sizes.get(name, 0)) for name in _RECLAIMABLE)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """This process's control group for a controller, and those it is in; the empty name is version 2."""
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            top = root / _CGROUPS / controller
            group = top / path.lstrip("/")
            yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(top))


def _ratio(*words: str) -> float | None:
    """Quota over period, in CPUs; None where there is no quota."""
    numbers = [_number(word) for word in words]
    if len(numbers) != 2 or numbers[0] is None or not numbers[1] or numbers[0] <= 0:  # noqa: PLR2004 (quota, period)
        return None
    return numbers[0] / numbers[1]


def _number(word: str) -> int | None:
    """A whole number; None for the word `max`."""
    return None if word == "max" else int(word)


def _words(path: Path) -> list[str]:
    return [word for line in _lines(path) for word in line.split()]


def _lines(path: Path) -> Iterable[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:  # another system, or another version of control groups
        return ()
