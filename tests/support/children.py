"""Functions that child processes (`Child`) run in tests, in a module that a child process can import."""

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


def wait_for_ever(connection: Any) -> None:
    connection.send(os.getpid())
    threading.Event().wait()
