"""Prefetch: fetches byte ranges in threads before they are needed, while the rows of earlier ranges are written.

The threads fetch bytes in Python only. So the process can end while they still run, as after Ctrl-C; threads inside
Arrow's C++ code would crash the interpreter at its end.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from tokstats_parallel.system.threads import in_daemon_thread


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Range of `length` bytes of the file `file`, from the offset `start` on."""

    file: str
    start: int
    length: int


class Prefetcher:
    """Fetches the byte range that is needed now, and starts fetching the ranges that will be needed soon.

    Memory: the ranges that are fetched and not yet returned. A range that the last call did not name is dropped.
    """

    def __init__(self, fetch: Callable[[ByteRange], bytes]) -> None:
        """Makes the prefetcher from a function that fetches a range, and may be called in several threads at once."""
        self._fetch = fetch
        self._pending: dict[ByteRange, Future[bytes]] = {}

    def get(self, present: ByteRange, upcoming: Iterable[ByteRange]) -> bytes:
        """Returns the bytes of the range `present`, and starts fetching the ranges `upcoming`.

        An error while `present` is fetched is raised; a later call for the range fetches it again.
        """
        pending, self._pending = self._pending, {}
        future = pending.get(present) or self._start_fetch(present)
        for other in upcoming:
            self._pending[other] = pending.get(other) or self._start_fetch(other)
        return future.result()

    def _start_fetch(self, wanted: ByteRange) -> Future[bytes]:
        return in_daemon_thread(partial(self._fetch, wanted), name=f"fetch {wanted.file}")
