"""Messages about worker processes that died or could not be started."""

import errno
import os
import signal

import pytest

from tokstats_parallel.engines.local.messages import (
    exit_message,
    located,
    may_be_memory,
    none_given,
    not_started,
    remedy,
)
from tokstats_parallel.shards.plan import Shard


@pytest.mark.parametrize(
    ("code", "expected", "memory"),
    [
        (None, "closed its pipe", False),
        (0, "ended with exit code 0", False),
        (1, "ended with exit code 1", False),
        (errno.ENOMEM, "ended with exit code 12 (out of memory)", True),
        (errno.EAGAIN, "ended with exit code 11 (no thread can be started: see `ulimit -u`)", False),
        (-signal.SIGKILL, "was killed by SIGKILL (out of memory?)", True),
        (-signal.SIGABRT, "was killed by SIGABRT", True),
        (-signal.SIGSEGV, "was killed by SIGSEGV", False),
        (-signal.SIGTERM, "was killed by SIGTERM", False),
        (-41, "was killed by signal 41", False),
    ],
)
def test_exit_codes_in_words_and_the_suspicion_of_memory(code: int | None, expected: str, memory: bool) -> None:
    assert exit_message(code) == expected
    assert may_be_memory(code) == memory


def test_a_shard_is_named_with_its_batches() -> None:
    assert located(Shard("go", 2, 64, 36)) == "shard go.2.64-100 (language go, batches 64 to 99 of its pool 2)"


@pytest.mark.parametrize(
    ("number", "running", "expected"),
    [
        (errno.EMFILE, 3, "with fewer --workers than 8 or after a higher `ulimit -n`"),
        (errno.EAGAIN, 3, "with fewer --workers than 8 or after a higher `ulimit -u`"),
        (errno.ENOMEM, 3, "with fewer --workers than 8 or when more memory is free"),
        (errno.ENFILE, 0, "when other programs have fewer files open"),
        (errno.EPERM, 3, "with fewer --workers than 8"),
    ],
)
def test_a_process_that_cannot_be_started(number: int, running: int, expected: str) -> None:
    found = "only 3 of 8 worker processes" if running else "no worker process"
    again = "finished shards are kept: run the same command again"
    line = not_started(OSError(number, "x"), running=running, wanted=8)
    assert line == f"{found} can be started ({os.strerror(number)}); {again}, {expected}"
    alone = not_started(OSError(errno.EPERM, "x"), running=0, wanted=1)
    assert alone == f"no worker process can be started (Operation not permitted); {again}"


@pytest.mark.parametrize(("workers", "ways"), [(1, ""), (8, "with fewer --workers than 8 or ")])
def test_a_process_that_cannot_be_given_its_shard(workers: int, ways: str) -> None:
    line = none_given(BlockingIOError(errno.EAGAIN, "x"), workers=workers)
    assert line == (
        "no thread can be started to give a worker process its shard (Resource temporarily unavailable); "
        f"finished shards are kept: run the same command again, {ways}after a higher `ulimit -u`"
    )


def test_the_remedy() -> None:
    again = "finished shards are kept: run the same command again"
    assert remedy(memory=False, workers=4) == again
    assert remedy(memory=True, workers=4) == f"{again}, with fewer --workers than 4"
    assert remedy(memory=True, workers=1) == f"{again}, with --workers 1 when more memory is free"
