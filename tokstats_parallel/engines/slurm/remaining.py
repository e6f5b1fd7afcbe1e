"""Remaining draws of a run, which have no partial yet."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.tasks.stretches import Stretch


class Remaining:
    """Draws of a run that have no partial yet, as ranges of each stream."""

    def __init__(self, shards: Iterable[Shard]) -> None:
        """Takes shards that hold all these draws and do not overlap."""
        self._ranges: dict[tuple[str, int], list[tuple[int, int]]] = {}
        for shard in sorted(shards):
            ranges = self._ranges.setdefault(shard.stream, [])
            if ranges and ranges[-1][1] == shard.first_draw:
                ranges[-1] = ranges[-1][0], shard.end
            else:
                ranges.append((shard.first_draw, shard.end))

    def __bool__(self) -> bool:
        """Tells whether any draw remains."""
        return any(self._ranges.values())

    def take(self, shard: Shard) -> bool:
        """Takes the draws of a shard out, if all of them remain; tells whether they did."""
        ranges = self._ranges.get(shard.stream, [])
        place = bisect_right(ranges, shard.first_draw, key=lambda range_: range_[0]) - 1
        if place < 0 or ranges[place][1] < shard.end:
            return False
        first, end = ranges[place]
        ranges[place : place + 1] = [
            part for part in ((first, shard.first_draw), (shard.end, end)) if part[0] < part[1]
        ]
        return True

    def tasks(self, stretches: Sequence[Stretch]) -> set[int]:
        """Returns the tasks of a plan, by its stretches, that have remaining draws."""
        return {task for task, stretch in enumerate(stretches) if self._overlaps(stretch)}

    def lies_in(self, stretches: Iterable[Stretch]) -> bool:
        """Tells whether every remaining draw is in a stretch."""
        parts = sorted(part for stretch in stretches for part in stretch)
        return all(
            _is_covered(first, end, [(part.first_draw, part.end) for part in parts if part.stream == stream])
            for stream, ranges in self._ranges.items()
            for first, end in ranges
        )

    def _overlaps(self, stretch: Stretch) -> bool:
        return any(
            first < part.end and part.first_draw < end
            for part in stretch
            for first, end in self._ranges.get(part.stream, [])
        )


def _is_covered(first: int, end: int, parts: Iterable[tuple[int, int]]) -> bool:
    """Tells whether rising ranges hold all draws from `first` up to `end`."""
    for start, stop in parts:
        if start <= first < stop:
            first = stop
    return first >= end
