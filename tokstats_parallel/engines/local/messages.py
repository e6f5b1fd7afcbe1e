"""What a user is told of a worker process that has died, or that cannot be started or given its shard."""

import errno
import signal

from tokstats_parallel.engines.local.process import NO_THREAD
from tokstats_parallel.engines.local.serve import NO_MEMORY
from tokstats_parallel.errors import reason
from tokstats_parallel.shards.plan import Shard

_HIGHER = {
    errno.EMFILE: "after a higher `ulimit -n`",
    errno.ENFILE: "when other programs have fewer files open",
    errno.EAGAIN: "after a higher `ulimit -u`",
    errno.ENOMEM: "when more memory is free",
}
"""What helps where the system has refused to start a process or a thread."""


def describe(code: int | None) -> str:
    """How a process ended whose exit code is this; negative where a signal killed it, None where it has only left."""
    if code is None:
        return "closed its pipe"
    if code == NO_MEMORY:
        return f"ended with exit code {code} (out of memory)"
    if code == NO_THREAD:
        return f"ended with exit code {code} (no thread can be started: see `ulimit -u`)"
    if code >= 0:
        return f"ended with exit code {code}"
    kill = f"was killed by {_signal_name(-code)}"
    return f"{kill} (out of memory?)" if code == -signal.SIGKILL else kill


def may_be_memory(code: int | None) -> bool:
    """Whether want of memory may be the reason: the kernel kills for it, a failed allocation aborts."""
    return code in (-signal.SIGKILL, -signal.SIGABRT, NO_MEMORY)


def located(shard: Shard) -> str:
    """A shard with its language and its part of the language's batches."""
    last = shard.first_draw + shard.draws - 1
    return f"shard {shard} (language {shard.language}, batches {shard.first_draw} to {last} of its pool {shard.pool})"


def remedy(*, memory: bool, workers: int) -> str:
    """What the user can do."""
    again = "finished shards are kept: run the same command again"
    if not memory:
        return again
    fewer = f"with fewer --workers than {workers}" if workers > 1 else "with --workers 1 when more memory is free"
    return f"{again}, {fewer}"


def not_started(error: OSError, *, running: int, wanted: int) -> str:
    """That the system has refused to start a process, and what the user can do.

    Args:
        error: What it said.
        running: The processes that there are.
        wanted: Those that there were to be.
    """
    found = "no worker process can be started"
    if running:
        found = f"only {running:,} of {wanted:,} worker processes can be started"
    return f"{found} ({reason(error)}); {_again(error, fewer_than=wanted if running else 1)}"


def not_given(error: OSError) -> str:
    """That the system has refused the thread that gives a worker process its shard; `error` is what it said."""
    return f"no thread can be started to give a worker process its shard ({reason(error)})"


def none_given(error: OSError, *, workers: int) -> str:
    """The same where no worker process has a shard, so that the run ends; and what the user can do."""
    return f"{not_given(error)}; {_again(error, fewer_than=workers)}"


def _again(error: OSError, *, fewer_than: int) -> str:
    """What the user can do where the system has refused something for so many workers; for one, fewer are none."""
    ways = [f"with fewer --workers than {fewer_than}"] if fewer_than > 1 else []
    ways += [_HIGHER[error.errno]] if error.errno in _HIGHER else []
    again = remedy(memory=False, workers=fewer_than)
    return f"{again}{', ' if ways else ''}{' or '.join(ways)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
