"""Lock of a language's working folder: only one run at a time may prepare the language."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.manifest import LOCK
from tokstats_parallel.system.file_lock import lock


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Holds the lock of `folder` inside the `with` block; the system releases the lock if the process dies.

    Raises:
        PrepareError: Another run holds the lock.
    """
    descriptor = lock(folder / LOCK)
    if descriptor is None:
        raise PrepareError(f"{folder}: another run is at work here; wait for it to end")
    try:
        yield
    finally:
        os.close(descriptor)
