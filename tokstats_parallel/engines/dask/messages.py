"""Messages about Dask clusters that cannot be used, and about shards that failed there."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokstats_parallel.engines.local.messages import located, remedy
from tokstats_parallel.errors import WorkerError
from tokstats_parallel.shards.plan import Shard

AGAIN = remedy(memory=False, workers=1)
_TELLING = ("memory budget", "killed by", "exited with status")
"""Parts of the lines in which Dask's nanny says why a worker process has ended."""


def unreachable(address: str, seconds: float) -> str:
    """Returns the message that no scheduler has answered for some seconds."""
    return (
        f"--scheduler {address}: no Dask scheduler has answered for {seconds:g} s; start it (`dask scheduler`), "
        "or correct the address"
    )


def no_address(address: str, why: str) -> str:
    """Returns the message that a word is no address."""
    return f"--scheduler {address!r}: is no address of a scheduler ({why}); it looks like tcp://HOST:8786"


def no_workers(address: str, seconds: float) -> str:
    """Returns the message that a scheduler has had no workers for some seconds."""
    return (
        f"{address}: the Dask scheduler has had no workers for {seconds:g} s; "
        f"start some (`dask worker {address}`); {AGAIN}"
    )


def no_workers_now(seconds: float) -> str:
    """Returns the note that the run waits for workers."""
    return f"the Dask scheduler has no workers now; the run waits up to {seconds:g} s for new ones"


def scheduler_gone(address: str) -> str:
    """Returns the message that the connection to a scheduler was lost."""
    return f"{address}: the Dask scheduler has gone, or has given the run up; see to it; {AGAIN}"


def other_program(what: str, address: str, found: str) -> str:
    """Returns the message that a process of the cluster has another program than this process.

    Args:
        what: Kind of the process, worker or scheduler.
        address: Address of the process.
        found: Text about the difference.
    """
    return f"the Dask {what} {address} cannot run this program's shards ({found}); install the same version there"


def not_shared(path: Path, how: str) -> str:
    """Returns the message that workers and coordinator do not see the same folder.

    Args:
        path: Path of the folder, or of a file in it.
        how: Text about the machine that sees another folder.
    """
    return f"{path}: {how}; give --work-dir a folder on a disk that all machines share, under the same path"


def killed(shards: Sequence[Shard], deaths: int, why: str) -> str:
    """Returns the message about a shard whose workers have died, each time.

    Args:
        shards: Shards that the last worker ran, each in a thread.
        deaths: Number of workers that have died.
        why: Reason of the last death, as far as it is known; empty if not.
    """
    reason = f"the last one: {why}" if why else "killed, or out of memory; the scheduler does not know more"
    one = " or ".join(located(shard) for shard in shards)
    return f"{one}: its Dask worker died, {deaths} times in a row ({reason}); {AGAIN}"


def failure(shard: Shard, error: BaseException) -> str:
    """Returns the message about a shard that has failed in a worker."""
    if isinstance(error, WorkerError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{located(shard)}: its Dask worker had too little memory, several times; {AGAIN}, with more memory"
    return f"shard {shard}: {type(error).__name__}: {error}"


def reason_of_death(lines: Iterable[str]) -> str:
    """Returns the newest line of a nanny's log that says why a worker has ended; empty if none does.

    Args:
        lines: Lines of the log, the newest first.
    """
    telling = [line for line in lines if any(part in line for part in _TELLING)]
    memory = [line for line in telling[:3] if "memory budget" in line]  # the nanny kills the process afterwards
    return next(iter(memory or telling), "").rpartition(" - ")[2].rstrip(".")
