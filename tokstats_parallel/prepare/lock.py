"""One run at a time for each language and folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.manifest import LOCK
from tokstats_parallel.system.file_lock import lock


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold `folder`'s lock; the system lets go of it when this process ends, however it ends.

    Raises:
        PrepareError: another run holds it.
    """
    descriptor = lock(folder / LOCK)
    if descriptor is None:
        raise PrepareError(f"{folder}: another run is at work here; wait for it to end")
    try:
        yield
    finally:
        os.close(descriptor)
