"""Which shard a worker runs next.

A worker keeps the window of the stream that it has just drawn from, so a shard that goes on where its last one ended
needs no filling of a pool. The waiting shards are chains, each a run of consecutive shards of one stream. A worker
goes along its own chain. Whoever has none begins the longest that nobody has, or the second half of somebody's where
that is longer. Near the end of a run what counts is that no long chain is left to one worker: there, the longest
chain that nobody has goes before the rest of a much shorter one of one's own.

Shards are measured in draws: nobody knows beforehand how long they take. The order never changes the result. Cost: a
choice takes the time of a look at every worker, and that of a heap of all streams.
"""

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from tokstats_parallel.shards.plan import Shard

Chain = deque[Shard]

MUCH = 2
"""Times as long is much longer: less would change windows for nothing, more would leave long chains to the end."""


class Schedule:
    """The shards of a run that no worker has been given yet; each is given once, and again when it was put back."""

    def __init__(self, shards: Sequence[Shard], workers: int) -> None:
        """Takes the shards, none of which overlap, and the number of workers, from 1."""
        self._workers = workers
        self._waiting = sum(shard.draws for shard in shards)
        self._free = [(-_draws(chain), chain[0], chain) for chain in _chains(shards)]
        heapq.heapify(self._free)
        self._own: dict[int, Chain] = {}
        self._back = Chain()

    def next(self, worker: int) -> Shard | None:
        """What the worker of this number, from 0, runs now; None where no shard waits."""
        if self._back:
            shard = self._back.popleft()
            self._waiting -= shard.draws
            return shard
        own = self._own.get(worker) or self._begin()
        if not own:
            return None
        if self._free and self._is_urgent(own):
            own = heapq.heappushpop(self._free, (-_draws(own), own[0], own))[-1]
        self._own[worker] = own
        shard = own.popleft()
        self._waiting -= shard.draws
        return shard

    def put_back(self, shard: Shard) -> None:
        """Takes back a shard that its worker has not finished: whoever is free first gets it."""
        self._back.append(shard)
        self._waiting += shard.draws

    def leave(self, worker: int) -> None:
        """The worker of this number takes no more: its chain is anybody's."""
        self._workers -= 1
        if own := self._own.pop(worker, None):
            heapq.heappush(self._free, (-_draws(own), own[0], own))

    def _begin(self) -> Chain:
        """A chain for a worker that has none; empty where no shard waits."""
        longest = max(self._own.values(), key=_draws, default=Chain())
        if self._free and -self._free[0][0] >= _draws(longest) / 2:
            return heapq.heappop(self._free)[-1]
        half = Chain()
        for _ in range((len(longest) + 1) // 2):
            half.appendleft(longest.pop())
        return half

    def _is_urgent(self, own: Chain) -> bool:
        """Whether the longest chain that nobody has would begin too late after `own`, which is much shorter."""
        negative, first, _ = self._free[0]
        left = _draws(own)
        return -negative > MUCH * left and (left + first.draws) * self._workers > self._waiting


def makespan(shards: Sequence[Shard], workers: int, cost: Callable[[Shard, bool], float]) -> float:
    """When the last of the shards ends, where each costs `cost(shard, whether it goes on in its worker's window)`."""
    schedule = Schedule(shards, workers)
    last: dict[int, Shard] = {}
    ends = [(0.0, worker) for worker in range(min(workers, len(shards)))]
    now = 0.0
    while ends:
        now, worker = heapq.heappop(ends)
        if shard := schedule.next(worker):
            goes_on = worker in last and follows(last[worker], shard)
            heapq.heappush(ends, (now + cost(shard, goes_on), worker))
            last[worker] = shard
    return now


def follows(shard: Shard, other: Shard) -> bool:
    """Whether `other` goes on where `shard` ends."""
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
