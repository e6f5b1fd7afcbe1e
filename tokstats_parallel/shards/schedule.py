"""Schedule: chooses the shard that a worker runs next.

A worker keeps the pool of its last shard's stream, so a shard that begins at the end of this last shard needs no
filling. The waiting shards form chains of consecutive shards of one stream. A worker owns at most one chain, and runs
it to the end. An idle worker takes the longest free chain, or steals the second half of the longest owned chain if this
half is longer (work stealing). Near the end of a run, a worker leaves its own chain for the longest free chain if the
free chain is much longer, so that no worker is left with a long chain while all others are idle.

The length of a shard is its number of draws, because the time of a shard is not known before it has run. The schedule
never changes the result. A choice takes a few operations on two heaps: of the free chains, and of the workers.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from tokstats_parallel.shards.plan import Shard

Chain = deque[Shard]

MUCH_LONGER = 2
"""Ratio of lengths above which a chain is much longer than another.

A lower ratio would fill pools for no gain; a higher ratio would leave long chains to the end.
"""


class Schedule:
    """Schedule of a run's waiting shards. Each shard is returned once by `next`, and again after `put_back`."""

    def __init__(self, shards: Sequence[Shard], workers: int) -> None:
        """Takes shards that do not overlap, and the number of workers, at least 1."""
        self._workers = workers
        self._waiting = sum(shard.draws for shard in shards)
        self._free = [(-_draws(chain), chain[0], chain) for chain in chains(shards)]
        heapq.heapify(self._free)
        self._owned: dict[int, Chain] = {}
        self._lengths: list[tuple[int, int]] = []
        """Heap of owners' numbers by the negative lengths of their chains; a length may be out of date and too long."""
        self._returned = Chain()

    def next(self, worker: int) -> Shard | None:
        """Returns the shard that the worker with this number, from 0, runs next; None if no shard waits."""
        if self._returned:
            shard = self._returned.popleft()
            self._waiting -= shard.draws
            return shard
        own = self._owned.get(worker) or self._new_chain()
        if not own:
            return None
        if self._free and self._is_urgent(own):
            own = heapq.heappushpop(self._free, (-_draws(own), own[0], own))[-1]
        if self._owned.get(worker) is not own:
            self._owned[worker] = own
            heapq.heappush(self._lengths, (-_draws(own), worker))
        shard = own.popleft()
        self._waiting -= shard.draws
        return shard

    def put_back(self, shard: Shard) -> None:
        """Takes back an unfinished shard; the first worker that asks for a shard gets it."""
        self._returned.append(shard)
        self._waiting += shard.draws

    def leave(self, worker: int) -> None:
        """Removes the worker with this number; the worker's chain becomes free."""
        self._workers -= 1
        if own := self._owned.pop(worker, None):
            heapq.heappush(self._free, (-_draws(own), own[0], own))

    def _new_chain(self) -> Chain:
        """Returns the longest free chain or a stolen half for an idle worker; empty if no shard waits."""
        longest = self._longest_owned()
        if self._free and -self._free[0][0] >= _draws(longest) / 2:
            return heapq.heappop(self._free)[-1]
        half = Chain()
        for _ in range((len(longest) + 1) // 2):
            half.appendleft(longest.pop())
        return half

    def _longest_owned(self) -> Chain:
        """Returns the longest chain of all workers; empty if no owned shard waits."""
        while self._lengths:
            negative, worker = self._lengths[0]
            chain = self._owned.get(worker, Chain())
            draws = _draws(chain)
            if draws == -negative:
                return chain
            if draws:
                heapq.heapreplace(self._lengths, (-draws, worker))
            else:
                heapq.heappop(self._lengths)
        return Chain()

    def _is_urgent(self, own: Chain) -> bool:
        """Returns whether a worker should leave its much shorter chain `own` for the longest free chain.

        It should where the free chain, begun after `own`, would end last.
        """
        negative, first, _ = self._free[0]
        left = _draws(own)
        return -negative > MUCH_LONGER * left and (left + first.draws) * self._workers > self._waiting


class TimedShard(NamedTuple):
    """Shard with the time at which it ends.

    Attributes:
        end: Time at which the shard ends; the first shards begin at 0.
        shard: The shard.
        continues: Whether the shard begins at the end of the shard that its worker ran last.
    """

    end: float
    shard: Shard
    continues: bool


def timed(shards: Sequence[Shard], workers: int, cost: Callable[[Shard, bool], float]) -> Iterator[TimedShard]:
    """Yields the shards in the order in which they begin, if every worker runs the schedule's choice for it.

    Args:
        shards: Shards that do not overlap.
        workers: Number of workers.
        cost: Returns the time of a shard. Its second argument is `TimedShard.continues`.
    """
    schedule = Schedule(shards, workers)
    last: dict[int, Shard] = {}
    ends = [(0.0, worker) for worker in range(min(workers, len(shards)))]
    while ends:
        now, worker = heapq.heappop(ends)
        if shard := schedule.next(worker):
            continues = worker in last and follows(last[worker], shard)
            end = now + cost(shard, continues)
            heapq.heappush(ends, (end, worker))
            last[worker] = shard
            yield TimedShard(end, shard, continues)


def makespan(shards: Sequence[Shard], workers: int, cost: Callable[[Shard, bool], float]) -> float:
    """Returns the time at which the last shard ends; the arguments are as for `timed`."""
    return max((one.end for one in timed(shards, workers, cost)), default=0.0)


def follows(shard: Shard, other: Shard) -> bool:
    """Returns whether `other` begins where `shard` ends, in the same stream."""
    return (*shard.stream, shard.end) == (*other.stream, other.first_draw)


def chains(shards: Iterable[Shard]) -> Iterator[Chain]:
    """Yields the chains of shards that do not overlap."""
    chain = Chain()
    for shard in sorted(shards):
        if chain and not follows(chain[-1], shard):
            yield chain
            chain = Chain()
        chain.append(shard)
    if chain:
        yield chain


def _draws(chain: Chain) -> int:
    return chain[-1].first_draw + chain[-1].draws - chain[0].first_draw if chain else 0
