"""Prefetch: fetches the next byte ranges while the present one is worked on.

The threads only fetch bytes, in Python: they may be left behind at any time, which a stop with Ctrl-C needs, while
threads inside Arrow's C++ would crash the interpreter at its end.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from tokstats_parallel.system.threads import in_daemon_thread


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A range of `length` bytes of `file` from the offset `start` on."""

    file: str
    start: int
    length: int


class Prefetcher:
    """Returns byte ranges, and starts to fetch the ranges that are named as upcoming.

    Memory: ranges that are fetched and not yet asked for; a range that is no longer upcoming is dropped.
    """

    def __init__(self, fetch: Callable[[ByteRange], bytes]) -> None:
        """Takes the function that fetches a range; it is called in several threads at once."""
        self._fetch = fetch
        self._pending: dict[ByteRange, Future[bytes]] = {}

    def get(self, present: ByteRange, upcoming: Iterable[ByteRange]) -> bytes:
        """Returns the bytes of `present`; an error of its fetch is raised here, and the next call fetches again."""
        pending, self._pending = self._pending, {}
        future = pending.get(present) or self._start_fetch(present)
        for other in upcoming:
            self._pending[other] = pending.get(other) or self._start_fetch(other)
        return future.result()

    def _start_fetch(self, wanted: ByteRange) -> Future[bytes]:
        return in_daemon_thread(partial(self._fetch, wanted), name=f"fetch {wanted.file}")
