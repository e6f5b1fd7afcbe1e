"""Deadly shards: kill the worker process that runs them, a given number of times; later they are ordinary shards."""

import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from pathlib import Path

from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.shards.streams import Stream

ALWAYS = 99
VARIABLE = "TEST_DEADLY"
"""Variable of the workers with the path of a folder: for each deadly shard, a file with one byte for each kill left."""


class Deadly(Shard):
    """Shard that kills its worker when a thread other than the main one runs it, where `VARIABLE` is set.

    A Dask scheduler only sorts and sends the shard, in its main thread; so does a test.
    """

    __slots__ = ()

    @property
    def stream(self) -> Stream:
        left = Path(os.environ[VARIABLE]) / str(self)
        if threading.current_thread() is not threading.main_thread() and left.exists():
            kills = left.read_bytes()
            left.write_bytes(kills[1:])
            if kills:
                time.sleep(0.2)  # as if it worked; the worker has told meanwhile that it runs this shard
                os.kill(os.getpid(), signal.SIGKILL)
        return self.language, self.pool


def deadly(shards: Sequence[Shard], kills: Mapping[Shard, int], folder: Path) -> list[Deadly]:
    """Returns the shards as deadly ones.

    Args:
        shards: Shards of a plan.
        kills: Shard -> number of workers that it kills; a shard without an entry kills none.
        folder: Folder that `VARIABLE` names.
    """
    for shard, number in kills.items():
        (folder / str(shard)).write_bytes(b"." * number)
    return [Deadly(*astuple(shard)) for shard in shards]
