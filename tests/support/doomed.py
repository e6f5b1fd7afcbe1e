"""Doomed shards: harm the worker that receives them, a given number of times; later they are ordinary shards."""

import hashlib
import os
import re
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel.shards import partial
from tokstats_parallel.shards.plan import Shard

ALWAYS = 99


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stop() -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _loop() -> None:
    while True:
        pass


def _loop_natively() -> None:
    """Computes for hours in native code; other threads of the process run on."""
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)


def _loop_natively_and_alone() -> None:
    """Computes for years in native code; no other thread of the process runs."""
    re.match("(a|a)*b", "a" * 60)


def _raise() -> None:
    raise ValueError("doomed")


def _lack_memory() -> None:
    def save(*_: Any, **__: Any) -> Path:
        raise MemoryError

    partial.save = save


def _kill_before_the_answer() -> None:
    real = partial.save

    def save(*arguments: Any, **options: Any) -> Path:
        real(*arguments, **options)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError

    partial.save = save


DEEDS: dict[str, Callable[[], None]] = {
    "kill": _kill,
    "stop": _stop,
    "abort": os.abort,
    "exit 0": lambda: os._exit(0),
    "exit 1": lambda: os._exit(1),
    "raise": _raise,
    "sleep": lambda: time.sleep(1000),
    "pause": lambda: time.sleep(2),
    "loop": _loop,
    "loop natively": _loop_natively,
    "loop natively and alone": _loop_natively_and_alone,
    "no memory": _lack_memory,
    "kill before the answer": _kill_before_the_answer,
}


@dataclass(frozen=True, slots=True, order=True)
class Doomed(Shard):
    """Shard that does harm in a worker.

    Attributes:
        deed: Name of the harm (see `DEEDS`), done when a worker reads the shard from its pipe.
        times: Number of times that the deed is done.
        log: Path of a file that gets one byte each time a worker reads the shard.
    """

    deed: str
    times: int
    log: str

    def __reduce__(self) -> tuple[Any, ...]:
        shard = (self.language, self.pool, self.first_draw, self.draws)
        return _arrive, (shard, self.deed, self.times, self.log)

    def __str__(self) -> str:
        return Shard.__str__(self)


def _arrive(shard: tuple[str, int, int, int], deed: str, times: int, log: str) -> Shard:
    with Path(log).open("ab") as file:
        file.write(b".")
        count = file.tell()
    if count <= times:
        DEEDS[deed]()
    return Shard(*shard)


def doomed(shards: Sequence[Shard], deeds: Mapping[Shard, tuple[str, int]], logs: Path) -> list[Doomed]:
    """Returns doomed shards.

    Args:
        shards: Shards of a plan.
        deeds: Shard -> name of its deed, and number of times; a shard without an entry does no harm.
        logs: Existing folder for the log of each shard.
    """
    return [
        Doomed(
            language=shard.language,
            pool=shard.pool,
            first_draw=shard.first_draw,
            draws=shard.draws,
            deed=deeds.get(shard, ("none", 0))[0],
            times=deeds.get(shard, ("none", 0))[1],
            log=str(logs / f"{shard}.log"),
        )
        for shard in shards
    ]
