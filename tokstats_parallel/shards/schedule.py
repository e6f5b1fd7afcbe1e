"""Schedule: chooses the shard that a worker runs next.

A worker keeps the pool of the stream that it has just drawn from, so a shard that continues its last one needs no
filling. The waiting shards form chains, each of consecutive shards of one stream. A worker runs its own chain to the
end. An idle worker takes the longest free chain, or steals the second half of the longest owned one if that is longer
(work stealing). Near the end of a run no long chain may be left to one worker, so there the longest free chain comes
before the rest of a much shorter owned one.

Shards are measured in draws, since their times are not known beforehand. The order never changes the result. Cost of a
choice: a look at every worker, and an operation on a heap of all streams.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from tokstats_parallel.shards.plan import Shard

Chain = deque[Shard]

MUCH_LONGER = 2
"""Ratio from which a chain is much longer: a lower one would change pools for nothing, a higher one would leave long
chains to the end."""


class Schedule:
    """Shards of a run that wait for a worker; each is given once, and again if it was put back."""

    def __init__(self, shards: Sequence[Shard], workers: int) -> None:
        """Takes the shards, none of which overlap, and the number of workers, at least 1."""
        self._workers = workers
        self._waiting = sum(shard.draws for shard in shards)
        self._free = [(-_draws(chain), chain[0], chain) for chain in _chains(shards)]
        heapq.heapify(self._free)
        self._owned: dict[int, Chain] = {}
        self._returned = Chain()

    def next(self, worker: int) -> Shard | None:
        """Returns the next shard of the worker with this number, from 0; None if no shard waits."""
        if self._returned:
            shard = self._returned.popleft()
            self._waiting -= shard.draws
            return shard
        own = self._owned.get(worker) or self._new_chain()
        if not own:
            return None
        if self._free and self._is_urgent(own):
            own = heapq.heappushpop(self._free, (-_draws(own), own[0], own))[-1]
        self._owned[worker] = own
        shard = own.popleft()
        self._waiting -= shard.draws
        return shard

    def put_back(self, shard: Shard) -> None:
        """Takes back a shard that its worker has not finished; the next idle worker gets it."""
        self._returned.append(shard)
        self._waiting += shard.draws

    def leave(self, worker: int) -> None:
        """Removes the worker with this number; its chain becomes free."""
        self._workers -= 1
        if own := self._owned.pop(worker, None):
            heapq.heappush(self._free, (-_draws(own), own[0], own))

    def _new_chain(self) -> Chain:
        """Returns a chain for an idle worker; empty if no shard waits."""
        longest = max(self._owned.values(), key=_draws, default=Chain())
        if self._free and -self._free[0][0] >= _draws(longest) / 2:
            return heapq.heappop(self._free)[-1]
        half = Chain()
        for _ in range((len(longest) + 1) // 2):
            half.appendleft(longest.pop())
        return half

    def _is_urgent(self, own: Chain) -> bool:
        """Returns whether the longest free chain would begin too late after `own`, which is much shorter."""
        negative, first, _ = self._free[0]
        left = _draws(own)
        return -negative > MUCH_LONGER * left and (left + first.draws) * self._workers > self._waiting


def makespan(shards: Sequence[Shard], workers: int, cost: Callable[[Shard, bool], float]) -> float:
    """Returns the time at which the last shard ends, if every worker runs what the schedule gives it.

    Args:
        shards: The shards.
        workers: The number of workers.
        cost: Returns the time of a shard; its second argument says whether the shard continues its worker's last one.
    """
    schedule = Schedule(shards, workers)
    last: dict[int, Shard] = {}
    ends = [(0.0, worker) for worker in range(min(workers, len(shards)))]
    now = 0.0
    while ends:
        now, worker = heapq.heappop(ends)
        if shard := schedule.next(worker):
            continues = worker in last and follows(last[worker], shard)
            heapq.heappush(ends, (now + cost(shard, continues), worker))
            last[worker] = shard
    return now


def follows(shard: Shard, other: Shard) -> bool:
    """Returns whether `other` begins where `shard` ends, in the same stream."""
    return (*shard.stream, shard.end) == (*other.stream, other.first_draw)


def _chains(shards: Iterable[Shard]) -> Iterator[Chain]:
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
