"""Elements of an array: which tasks each of them runs.

Slurm limits the indices of an array (`MaxArraySize`), so an element may have several tasks: element E of an array of
the width A runs the tasks E, E + A, E + 2 A, and so on, one after the other.
"""

import re
from collections.abc import Iterable, Iterator

from tokstats_parallel.errors import WorkerError

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")


def elements_of(tasks: Iterable[int], width: int) -> set[int]:
    """Returns the elements of an array of a width that run the tasks."""
    return {task % width for task in tasks}


def tasks_of(element: int, width: int, tasks: int) -> range:
    """Returns the tasks that an element of an array of a width runs.

    Args:
        element: Index of the element.
        width: Width of the array.
        tasks: Number of all tasks of the plan.
    """
    return range(element, tasks, width)


def parse_list(text: str) -> Iterator[int]:
    """Yields the numbers of a list as Slurm writes it, such as `3,17-20%2` without the brackets.

    Raises:
        WorkerError: It is none.
    """
    for part in text.partition("%")[0].split(","):
        found = _RANGE.fullmatch(part)
        if not found:
            raise WorkerError(f"Slurm tells of the array elements {text!r}, which this program does not understand")
        first, last = found.groups()
        yield from range(int(first), int(last or first) + 1)
