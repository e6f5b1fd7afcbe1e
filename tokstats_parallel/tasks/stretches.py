"""Stretches: cuts the missing draws of a run into contiguous parts, one for each task.

The missing draws of all streams, one stream behind the other, form one line, which is cut into pieces of about equal
work. A task fills each pool of its stretch anew, so a cut inside a stream costs the filling of one more pool.

Invariant: what one task runs depends on the partials inside its stretch alone, and so does the choice of the partials
that are merged.
"""

import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tokstats_parallel.config.job import Job
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.shards.plan import FILL_COST, HALVINGS, MIN_DRAWS, Shard, plan
from tokstats_parallel.shards.streams import Stream, draws_of_streams

_GRID = MIN_DRAWS >> HALVINGS
"""Number of draws of which the cuts of shards are multiples, at least for the usual windows."""
_ROUNDED_SHARE = 0.02
"""Largest part of a stretch by which its end may be moved to a multiple of `_GRID`, or to the end of a range."""

_DRAWS_OF_A_TASK = 2048
"""Least mean number of draws of a task, unless the user says how many tasks there are.

Filling its pools is then at most some percent of a task's work, and the task takes minutes rather than seconds.
"""
_MOST_TASKS = 1000
"""Largest number of tasks that is chosen by itself: as many as an array of Slurm has, unless a site changes it."""


class StreamRange(NamedTuple):
    """Contiguous range of the draws of one stream, from `first_draw` up to `end`, which is not included.

    Attributes:
        language: Name of the stream's language, or of the stream of all languages.
        pool: Index of the stream's pool, from 0.
        first_draw: Number of the stream's draws before the range.
        end: Number of the stream's draws before the end of the range.
    """

    language: str
    pool: int
    first_draw: int
    end: int

    @property
    def stream(self) -> Stream:
        """Stream of the range: its name and its pool."""
        return self.language, self.pool

    @property
    def draws(self) -> int:
        """Number of draws in the range."""
        return self.end - self.first_draw


Stretch = tuple[StreamRange, ...]
"""Draws that one task runs: ranges of one or more streams, by rising stream and draw."""


def cut_stretches(missing: Iterable[Shard], tasks: int, *, window: int) -> tuple[Stretch, ...]:
    """Cuts the missing shards of a run into stretches of about equal work, one for each task.

    Args:
        missing: Shards that do not overlap.
        tasks: Number of stretches.
        window: Number of stream batches in a pool.

    Raises:
        ConfigError: There are more tasks than draws, or fewer than 1.
    """
    ranges = list(_joined(missing))
    draws = draws_of_stretch(ranges)
    if not 1 <= tasks <= draws:
        raise ConfigError(f"--tasks {tasks}: must be at least 1, and at most {draws:,}, the number of batches to draw")
    return tuple(_pieces(ranges, tasks, fill=FILL_COST * (window - 1)))


def usual_tasks(draws: int) -> int:
    """Returns the number of tasks for so many missing draws, where the user has given none."""
    return min(_MOST_TASKS, -(-draws // _DRAWS_OF_A_TASK))


def draws_of_stretch(stretch: Iterable[StreamRange]) -> int:
    """Returns the number of draws in a stretch."""
    return sum(part.draws for part in stretch)


def outside(job: Job, stretch: Iterable[StreamRange]) -> list[StreamRange]:
    """Returns the ranges of a job's draws that are not in a stretch."""
    parts = sorted(stretch)
    return [
        StreamRange(*stream, first, end)
        for stream, draws in draws_of_streams(job).items()
        for first, end in _between([part for part in parts if part.stream == stream], draws)
    ]


def by_stretch(stretches: Sequence[Stretch], shards: Iterable[Shard]) -> list[list[Shard]]:
    """Returns the shards of each stretch, which lie inside one of its ranges; other shards are left out."""
    found: list[list[Shard]] = [[] for _ in stretches]
    ranges: dict[Stream, list[tuple[int, int, int]]] = {}
    for index, stretch in enumerate(stretches):
        for part in stretch:
            ranges.setdefault(part.stream, []).append((part.first_draw, part.end, index))
    for of_stream in ranges.values():
        of_stream.sort()
    for shard in shards:
        of_stream = ranges.get(shard.stream, [])
        place = bisect_right(of_stream, (shard.first_draw, sys.maxsize, 0)) - 1
        if place >= 0 and shard.end <= of_stream[place][1]:
            found[of_stream[place][2]].append(shard)
    return found


def missing_shards(
    job: Job, stretch: Sequence[StreamRange], done: Iterable[Shard], *, workers: int, tasks: int
) -> list[Shard]:
    """Returns the shards of a stretch that are still to be run, the longest first.

    Args:
        job: Job of the run.
        stretch: Stretch to cut into shards.
        done: Saved shards inside the stretch, with no draw in two of them.
        workers: Number of workers that run the shards of the stretch at a time; it never changes the result.
        tasks: Number of tasks of the run, whose shards are merged together; it never changes the result.
    """
    others = [Shard(*part.stream, part.first_draw, part.draws) for part in outside(job, stretch)]
    return plan(job, done=[*done, *others], workers=workers, tasks=tasks)


def _joined(shards: Iterable[Shard]) -> Iterator[StreamRange]:
    """Yields the ranges that the shards fill, by rising stream and draw."""
    current: StreamRange | None = None
    for shard in sorted(shards):
        if current and (current.stream, current.end) == (shard.stream, shard.first_draw):
            current = current._replace(end=shard.end)
            continue
        if current:
            yield current
        current = StreamRange(*shard.stream, shard.first_draw, shard.end)
    if current:
        yield current


def _between(parts: Iterable[StreamRange], draws: int) -> Iterator[tuple[int, int]]:
    start = 0
    for first, end in [*((part.first_draw, part.end) for part in parts), (draws, draws)]:
        if start < first:
            yield start, first
        start = end


def _pieces(ranges: Sequence[StreamRange], tasks: int, *, fill: float) -> Iterator[Stretch]:
    """Yields the stretches, each with its share of the work that is left, and at least one draw for each later one.

    Args:
        ranges: Ranges to cut.
        tasks: Number of stretches, at most the number of draws.
        fill: Work of filling a pool, in draws.
    """
    waiting = list(reversed(ranges))
    for later in range(tasks - 1, -1, -1):
        left = draws_of_stretch(waiting)
        room = (left + fill * (len(waiting) + later)) / (later + 1)
        stretch: list[StreamRange] = []
        while waiting and (not stretch or not later or room > fill + 1):
            part = waiting.pop()
            most = left - later - draws_of_stretch(stretch)
            end = min(_end(part, room - fill) if later else part.end, part.first_draw + most)
            end = max(end, part.first_draw + 1)
            stretch.append(part._replace(end=end))
            room -= fill + end - part.first_draw
            if end < part.end:
                waiting.append(part._replace(first_draw=end))
                break
            if most == part.draws:  # each draw that is left is for a later stretch
                break
        yield tuple(stretch)


def _end(part: StreamRange, room: float) -> int:
    """Returns the end of the draws of a range that a stretch takes, which has room for `room` draws.

    It is the end of the range, or a multiple of `_GRID`, where that moves it by little, so that shards of other cuts
    fit.
    """
    end = min(part.end, part.first_draw + max(0, round(room)))
    slack = _ROUNDED_SHARE * room
    if part.end - end <= slack:
        return part.end
    rounded = round(end / _GRID) * _GRID
    return rounded if abs(rounded - end) <= slack else end
