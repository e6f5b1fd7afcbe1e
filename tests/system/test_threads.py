"""Background calls: results and errors, and refused threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.runs import without_threads

from tokstats_parallel.system.threads import in_daemon_thread, submitted


def test_a_refused_thread_calls_nothing() -> None:
    called: list[int] = []
    with ThreadPoolExecutor(1) as pool, without_threads():
        assert submitted(pool, lambda: called.append(1)) is None
    assert called == []


def test_results_and_errors_of_a_thread_are_passed_on() -> None:
    with ThreadPoolExecutor(1) as pool:
        coming = submitted(pool, lambda: 7)
        assert coming is not None
        assert coming.result() == 7
    with ThreadPoolExecutor(1) as pool:
        coming = submitted(pool, lambda: 1 // 0)
        assert coming is not None
        with pytest.raises(ZeroDivisionError):
            coming.result()


def test_results_and_errors_of_a_daemon_thread_are_passed_on() -> None:
    thread = in_daemon_thread(threading.current_thread, name="x").result(10)
    assert (thread.name, thread.daemon) == ("x", True)
    with pytest.raises(ZeroDivisionError):
        in_daemon_thread(lambda: 1 // 0).result(10)
    never = threading.Event()
    with pytest.raises(TimeoutError):
        in_daemon_thread(never.wait).result(0.01)
    never.set()
