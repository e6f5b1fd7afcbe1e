"""What processes of `Child` do in tests: functions of a module that they can import."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any


def report(connection: Any) -> None:
    """Sends what this process is like, and waits."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, set())
    connection.send((sorted(sys.modules), mask, sys.path, sys.flags.isolated, Path.cwd()))
    connection.recv()


def wait_for_ever(connection: Any) -> None:
    connection.send(os.getpid())
    threading.Event().wait()
