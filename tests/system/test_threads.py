"""Threads that only save time: where one is refused, or fails, nothing else does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from support.runs import without_threads

from tokstats_parallel.system.threads import submitted


def test_a_refused_thread_calls_nothing() -> None:
    called: list[int] = []
    with ThreadPoolExecutor(1) as pool, without_threads():
        assert submitted(pool, lambda: called.append(1)) is None
    assert called == []


def test_what_a_thread_finds_or_raises_is_told() -> None:
    with ThreadPoolExecutor(1) as pool:
        coming = submitted(pool, lambda: 7)
        assert coming is not None
        assert coming.result() == 7
    with ThreadPoolExecutor(1) as pool:
        coming = submitted(pool, lambda: 1 // 0)
        assert coming is not None
        with pytest.raises(ZeroDivisionError):
            coming.result()
