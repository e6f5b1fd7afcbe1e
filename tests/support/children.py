"""Functions that child processes (`Child`) run in tests, in a module that a child process can import."""

import importlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any


def report(connection: Any) -> None:
    """Sends the modules, signal mask, path, isolation and folder of this process, and waits for a message."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    connection.send((sorted(sys.modules), mask, sys.path, sys.flags.isolated, Path.cwd()))
    connection.recv()


def report_libraries(connection: Any) -> None:
    """Imports all that a child process may need, and sends the libraries that are loaded then."""
    for name in ("engines.local.serve", "validate.timed_draws", "corpus.conversion", "corpus.cache_file"):
        importlib.import_module(f"tokstats_parallel.{name}")
    names = {"cyclopts", "numpy", "pathspec", "psutil", "pyarrow", "pydantic", "rich", "transformers"}
    connection.send(sorted(names & set(sys.modules)))


def wait_for_ever(connection: Any) -> None:
    connection.send(os.getpid())
    threading.Event().wait()
