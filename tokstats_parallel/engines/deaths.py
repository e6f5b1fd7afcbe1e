"""What a user is told of a worker process that has died."""

import signal

from tokstats_parallel.engines.serving import NO_MEMORY
from tokstats_parallel.plan import Shard


def describe(code: int | None) -> str:
    """How a process ended whose exit code is this; negative where a signal killed it, None where it has only left."""
    if code is None:
        return "closed its pipe"
    if code == NO_MEMORY:
        return f"ended with exit code {code} (out of memory)"
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


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
