"""Retries of downloads: tells temporary faults from lasting ones, and waits before a download is tried again.

The wait doubles with every failure in a row. It is shortened at random, so that many clients do not return at the same
instant. A longer wait is taken from the server's `Retry-After`. Any row that arrives resets the count of failures.
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

MAX_RETRY_AFTER = 900.0
_TEMPORARY_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_TEMPORARY_ERRNOS = frozenset(
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
    """Error of a read that gave fewer bytes or rows than the file has."""


def may_pass(error: Exception) -> bool:
    """Returns whether the error is temporary: the call that raised it may succeed a little later."""
    status = status_of(error)
    if status is not None:
        return status in _TEMPORARY_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if HubError.OFFLINE in kinds(error) or isinstance(error, TokstatsError):
        return False
    if HubError.UNREACHABLE in kinds(error):
        return True
    if isinstance(error, (TimeoutError, EOFError, pa.ArrowInvalid)):
        return True
    # Arrow's own input errors (a page that does not decompress, a footer cut off) have no errno.
    return isinstance(error, OSError) and (error.errno is None or error.errno in _TEMPORARY_ERRNOS)


def retry_after(error: Exception) -> float:
    """Returns the seconds that the server asks to wait, at most `MAX_RETRY_AFTER`; 0 if the server does not say."""
    headers = getattr(getattr(error, "response", None), "headers", None) or {}
    try:
        seconds = float(headers.get("Retry-After", 0))
    except ValueError:  # an HTTP date: the wait of `Retry` will do
        return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def status_of(error: Exception) -> int | None:
    """Returns the HTTP status of the error's response; None if the error has no response."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def say_nothing(line: str) -> None:
    """Discards a line for the user."""
    del line


@dataclass(frozen=True, slots=True)
class Retry:
    """Policy of retries: how often a call is tried, and how long to wait between two tries.

    Attributes:
        attempts: Maximum number of calls that fail in a row; then the error of the last call is raised.
        first_wait: Length of the first wait, in seconds; each further wait is twice as long.
        longest_wait: Maximum length of a wait, in seconds, unless the server asks for a longer one.
        notify: Called with one line for the user before each wait.
        sleep: Waits for the given number of seconds; replaced in tests.
    """

    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 60.0
    notify: Callable[[str], None] = say_nothing
    sleep: Callable[[float], None] = time.sleep
    _jitter: random.Random = field(default_factory=random.SystemRandom)

    def wait(self, error: Exception, failures: int, what: str) -> None:
        """Waits after a failed call, so that it can be tried again.

        Args:
            error: Error of the call; raised again if it is lasting, or if the attempts are used up.
            failures: Number of failures in a row, this one included.
            what: File or repository that was read, for messages; noted on the error.
        """
        if failures >= self.attempts or not may_pass(error):
            error.add_note(what)
            raise error
        backoff = min(self.first_wait * 2 ** (failures - 1), self.longest_wait) * self._jitter.uniform(0.5, 1.0)
        seconds = max(backoff, retry_after(error))
        self.notify(f"{what}: {describe(error)}; trying again in {seconds:.0f} s ({failures}/{self.attempts - 1})")
        self.sleep(seconds)

    def call(self, function: Callable[[], Result], what: str) -> Result:
        """Returns the result of `function()`; the function is called again after each temporary error."""
        failures = 0
        while True:
            try:
                return function()
            except Exception as error:  # noqa: BLE001 - `wait` raises lasting errors again
                failures += 1
                self.wait(error, failures, what)


# Policy of one call and no wait, for files on this machine.
NEVER = Retry(attempts=1)


def describe(error: Exception) -> str:
    """Returns the first line of the error's message; the name of the error's class if the message is empty."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
