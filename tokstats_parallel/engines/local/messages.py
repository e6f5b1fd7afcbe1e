"""Messages about worker processes that died, could not be started, or could not be given a shard."""

import errno
import signal

from tokstats_parallel.engines.local.process import NO_THREAD
from tokstats_parallel.engines.local.serve import NO_MEMORY
from tokstats_parallel.errors import reason
from tokstats_parallel.shards.plan import Shard

_REMEDIES = {
    errno.EMFILE: "after a higher `ulimit -n`",
    errno.ENFILE: "when other programs have fewer files open",
    errno.EAGAIN: "after a higher `ulimit -u`",
    errno.ENOMEM: "when more memory is free",
}
"""Error number -> remedy, for a process or thread that the system refused to start."""


def exit_message(code: int | None) -> str:
    """Returns a text about the end of a process.

    Args:
        code: Exit code of the process: negative for a signal, None if the process has only closed its pipe.
    """
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
    """Returns whether lack of memory may be the reason for an exit code: a kill, or a failed allocation."""
    return code in (-signal.SIGKILL, -signal.SIGABRT, NO_MEMORY)


def located(shard: Shard) -> str:
    """Returns a shard's name with its language and its range of draws, for a message."""
    last = shard.first_draw + shard.draws - 1
    return f"shard {shard} (language {shard.language}, batches {shard.first_draw} to {last} of its pool {shard.pool})"


def remedy(*, memory: bool, workers: int) -> str:
    """Returns the remedy for the user after a run has failed.

    Args:
        memory: Whether lack of memory may be the cause.
        workers: Number of workers of the failed run.
    """
    again = "finished shards are kept: run the same command again"
    if not memory:
        return again
    fewer = f"with fewer --workers than {workers}" if workers > 1 else "with --workers 1 when more memory is free"
    return f"{again}, {fewer}"


def not_started(error: OSError, *, running: int, wanted: int) -> str:
    """Returns the message that a worker process could not be started, with the remedy.

    Args:
        error: Error of the system.
        running: Number of worker processes that run.
        wanted: Number of worker processes that were wanted.
    """
    found = "no worker process can be started"
    if running:
        found = f"only {running:,} of {wanted:,} worker processes can be started"
    return f"{found} ({reason(error)}); {_again(error, fewer_than=wanted if running else 1)}"


def not_given(error: OSError) -> str:
    """Returns the message that the thread which gives a worker its shard could not be started."""
    return f"no thread can be started to give a worker process its shard ({reason(error)})"


def none_given(error: OSError, *, workers: int) -> str:
    """Returns the message that no worker could be given a shard, so the run ends, with the remedy."""
    return f"{not_given(error)}; {_again(error, fewer_than=workers)}"


def _again(error: OSError, *, fewer_than: int) -> str:
    """Returns the remedy if the system refused a resource; `fewer_than` workers were too many, unless it is 1."""
    ways = [f"with fewer --workers than {fewer_than}"] if fewer_than > 1 else []
    ways += [_REMEDIES[error.errno]] if error.errno in _REMEDIES else []
    again = remedy(memory=False, workers=fewer_than)
    return f"{again}{', ' if ways else ''}{' or '.join(ways)}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal
        return f"signal {number}"
