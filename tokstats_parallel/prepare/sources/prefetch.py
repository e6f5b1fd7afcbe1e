"""Fetching what will be asked for next while the present is worked on.

The threads only fetch bytes, in Python: threads inside Arrow's C++ at the interpreter's end would bring it
down, while these may be left behind at any time, which a stop with Ctrl-C needs.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`length` bytes of `file` from `start` on."""

    file: str
    start: int
    length: int


class Prefetcher:
    """Hands out stretches, and starts to fetch the ones named as upcoming.

    Memory: what is fetched and not yet asked for; anything no longer named as upcoming is let go.
    """

    def __init__(self, fetch: Callable[[ByteRange], bytes]) -> None:
        """`fetch` is called in threads, several at once."""
        self._fetch = fetch
        self._begun: dict[ByteRange, Future[bytes]] = {}

    def get(self, stretch: ByteRange, upcoming: Iterable[ByteRange]) -> bytes:
        """The bytes of `stretch`; a fault of its fetch is raised here, and the next call tries anew."""
        begun, self._begun = self._begun, {}
        present = begun.get(stretch) or self._begin(stretch)
        for other in upcoming:
            self._begun[other] = begun.get(other) or self._begin(other)
        return present.result()

    def _begin(self, stretch: ByteRange) -> Future[bytes]:
        future: Future[bytes] = Future()

        def run() -> None:
            try:
                future.set_result(self._fetch(stretch))
            except Exception as error:  # noqa: BLE001 - raised where the result is asked for
                future.set_exception(error)

        Thread(target=run, daemon=True, name=f"fetch {stretch.file}").start()
        return future
