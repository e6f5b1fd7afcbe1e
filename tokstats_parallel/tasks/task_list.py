"""Task lists: writes numbers of tasks as schedulers take them, `3,17-20`."""

from collections.abc import Iterable


def task_list(tasks: Iterable[int]) -> str:
    """Writes numbers of tasks as Slurm's `--array` takes them: single numbers and ranges, by rising number."""
    ranges: list[tuple[int, int]] = []
    for task in sorted(set(tasks)):
        if ranges and ranges[-1][1] == task - 1:
            ranges[-1] = ranges[-1][0], task
        else:
            ranges.append((task, task))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)
