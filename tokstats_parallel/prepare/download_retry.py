"""Retries: which faults pass by themselves, and how long to wait for that.

The wait doubles with every failure in a row, with jitter, so that many clients do not return at the same instant; a
longer wait is taken from the server's `Retry-After`. Any row that arrives resets the count of failures.
"""

import errno
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeVar

import pyarrow as pa

from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.system.hub_errors import HubError, kinds

Result = TypeVar("Result")

LONGEST_RETRY_AFTER = 900.0
_PASSING_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_PASSING_ERRNOS = frozenset(
    {
        errno.EIO,
        errno.ECONNABORTED,
        errno.ECONNREFUSED,
        errno.ECONNRESET,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.EPIPE,
        errno.ETIMEDOUT,
    }
)


class ShortReadError(ConnectionError):
    """A file gave fewer bytes than it has."""


def may_pass(error: Exception) -> bool:
    """Whether the same call may succeed a little later."""
    status = status_of(error)
    if status is not None:
        return status in _PASSING_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if HubError.OFFLINE in kinds(error) or isinstance(error, TokstatsError):
        return False
    if HubError.UNREACHABLE in kinds(error):
        return True
    if isinstance(error, (TimeoutError, EOFError, pa.ArrowInvalid)):
        return True
    # Arrow's own input errors (a page that does not decompress, a footer cut off) have no errno.
    return isinstance(error, OSError) and (error.errno is None or error.errno in _PASSING_ERRNOS)


def retry_after(error: Exception) -> float:
    """Seconds that the server asks to wait; 0 where it does not say."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        seconds = float(headers.get("Retry-After", 0))
    except ValueError:  # an HTTP date: our own wait will do
        return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def status_of(error: Exception) -> int | None:
    """HTTP status of the error's response; None where it has none."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _discard(line: str) -> None:
    del line


@dataclass(frozen=True, slots=True)
class Retry:
    """Policy of retries: how often to try, and how long to wait in between.

    Attributes:
        attempts: Calls in a row that may fail; the error of the last one is raised.
        first_wait: Seconds of the first wait; each further one is twice as long.
        longest_wait: Seconds that a wait does not exceed.
        notify: Called with one line for each wait.
        sleep: Waits so many seconds; replaced in tests.
    """

    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 60.0
    notify: Callable[[str], None] = _discard
    sleep: Callable[[float], None] = time.sleep
    _jitter: random.Random = field(default_factory=random.SystemRandom)

    def wait(self, error: Exception, failures: int, what: str) -> None:
        """Sleeps after failure number `failures` (1, 2, ...) of `what`; raises the error where waiting is no use."""
        if failures >= self.attempts or not may_pass(error):
            error.add_note(what)
            raise error
        backoff = min(self.first_wait * 2 ** (failures - 1), self.longest_wait) * self._jitter.uniform(0.5, 1.0)
        seconds = max(backoff, retry_after(error))
        self.notify(f"{what}: {describe(error)}; trying again in {seconds:.0f} s ({failures}/{self.attempts - 1})")
        self.sleep(seconds)

    def call(self, function: Callable[[], Result], what: str) -> Result:
        """Returns `function()`, which is called again while its failures may pass."""
        failures = 0
        while True:
            try:
                return function()
            except Exception as error:  # noqa: BLE001 - `wait` raises again what does not pass
                failures += 1
                self.wait(error, failures, what)


# One call and no wait, for files on this machine.
NEVER = Retry(attempts=1)


def describe(error: Exception) -> str:
    """First line of the error's message; the name of its class where the message is empty."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
