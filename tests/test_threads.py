"""Threads that only save time: where one is refused, or fails, nothing else does."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import enumerate as all_threads

import pytest
from runs import without_threads

from tokstats_parallel import table
from tokstats_parallel.threads import attempt_aside, submitted


def wait_for_the_others() -> None:
    for thread in all_threads():
        if thread.name == "aside":
            thread.join()


def test_a_refused_thread_calls_nothing() -> None:
    called: list[int] = []
    with ThreadPoolExecutor(1) as pool, without_threads():
        assert submitted(pool, lambda: called.append(1)) is None
        attempt_aside(lambda: called.append(2))
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


def test_loading_ahead_neither_fails_nor_complains(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The table writer meets the same, where it matters."""
    with without_threads():
        table.load_ahead()
    with monkeypatch.context() as patched:
        patched.setitem(sys.modules, "pyarrow.parquet", None)  # then it cannot be imported
        table.load_ahead()
        wait_for_the_others()
    assert capfd.readouterr() == ("", "")
