"""Control groups: reads the CPU quotas and memory limits that Linux sets for this process.

A control group may allow a process less than the machine has. Groups of versions 1 and 2 are read, from this process's
group up to the root of the hierarchy. On other systems, no limits are reported.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path("/")

_CGROUPS = Path("sys/fs/cgroup")
_RECLAIMABLE = ("inactive_file", "total_inactive_file")  # the page cache counts as used, but can be reclaimed


def cpu_quotas(root: Path = ROOT) -> Iterator[float]:
    """Yields the lowest CPU quota of this process's control groups, in CPUs; yields nothing if there is no quota."""
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


def memory_limits(root: Path = ROOT) -> Iterator[tuple[int, int]]:
    """Yields (free bytes, limit in bytes) for every control group of this process that has a memory limit."""
    for controller, limit, usage in (
        ("", "memory.max", "memory.current"),
        ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        for group in _groups(root, controller):
            numbers = [_number(word) for word in (*_words(group / limit), *_words(group / usage))]
            if len(numbers) == 2 and numbers[0] is not None and numbers[1] is not None:  # noqa: PLR2004 - limit, usage
                yield max(0, numbers[0] - numbers[1] + _reclaimable(group)), numbers[0]


def count_oom_kills(root: Path = ROOT) -> int | None:
    """Returns how many processes the kernel has killed since the boot because memory ran out.

    The number covers this process's control group, or else the machine. It is None if the system does not provide it.
    """
    groups = [group / "memory.events" for group in _groups(root, "")]
    groups += [group / "memory.oom_control" for group in _groups(root, "memory")]
    for path in (*groups, root / "proc/vmstat"):
        words = _words(path)
        if "oom_kill" in words:
            return int(words[words.index("oom_kill") + 1])
    return None


def _reclaimable(group: Path) -> int:
    words = _words(group / "memory.stat")
    sizes = dict(zip(words[::2], words[1::2], strict=False))
    return max(int(sizes.get(name, 0)) for name in _RECLAIMABLE)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """Lists the folders of this process's control group for a controller and of the group's parents.

    The empty name of a controller means version 2, in which one group has all controllers.
    """
    for line in _lines(root / "proc/self/cgroup"):
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(","):
            top = root / _CGROUPS / controller
            group = top / path.lstrip("/")
            yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(top))


def _ratio(*words: str) -> float | None:
    """Divides a CPU quota by its period, which gives a number of CPUs; returns None if there is no quota."""
    numbers = [_number(word) for word in words]
    if len(numbers) != 2 or numbers[0] is None or not numbers[1] or numbers[0] <= 0:  # noqa: PLR2004 - quota, period
        return None
    return numbers[0] / numbers[1]


def _number(word: str) -> int | None:
    """Parses a whole number; returns None for the word `max`, which means that there is no limit."""
    return None if word == "max" else int(word)


def _words(path: Path) -> list[str]:
    return [word for line in _lines(path) for word in line.split()]


def _lines(path: Path) -> Iterable[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:  # another system, or another version of control groups
        return ()
