"""Slurm tasks after an interrupt: asks whether to cancel them, or does as `--on-interrupt` says."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Literal

from tokstats_parallel.display.console import PatientConsole, stderr_console
from tokstats_parallel.engines.slurm.engine import SlurmEngine
from tokstats_parallel.errors import TokstatsError
from tokstats_parallel.system.signals import Terminated, unhurried

OnInterrupt = Literal["cancel", "leave"] | None


@contextmanager
def deciding(engine: SlurmEngine, on_interrupt: OnInterrupt) -> Iterator[None]:
    """Decides about the tasks of an engine if the `with` statement is interrupted, or fails.

    Args:
        engine: Engine of the run.
        on_interrupt: What to do with the tasks after an interrupt; None to ask, and to leave them if nobody can answer.
    """
    try:
        yield
    except KeyboardInterrupt as interrupt:
        with unhurried():
            _decide(engine, on_interrupt or ("leave" if isinstance(interrupt, Terminated) else None))
        raise
    except TokstatsError:
        if engine.jobs:
            _tell(stderr_console(), engine.jobs)
        raise


def _decide(engine: SlurmEngine, on_interrupt: OnInterrupt) -> None:
    console = stderr_console()
    try:
        jobs = engine.find_jobs()
        if not jobs:
            return
        if on_interrupt == "cancel" or (on_interrupt is None and _is_cancelled_by_user(console, jobs)):
            engine.cancel()
            console.notice(f"{_named(jobs)}: cancelled")
            return
    except TokstatsError as error:
        console.notice(f"{error}; `squeue --me` tells which tasks are left")
        return
    _tell(console, jobs)


def _is_cancelled_by_user(console: PatientConsole, jobs: list[str]) -> bool:
    """Asks on the terminal; no answer, or a second Ctrl-C, means no."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        return False
    console.notice(f"{_named(jobs)} is queued or running; cancel it? (y or n)")
    with suppress(KeyboardInterrupt, OSError, ValueError):
        return sys.stdin.readline().strip().lower() in {"y", "yes"}
    return False


def _tell(console: PatientConsole, jobs: list[str]) -> None:
    console.notice(
        f"{_named(jobs)} goes on; the same command finds it again, `scancel {' '.join(jobs)}` cancels its tasks"
    )


def _named(jobs: list[str]) -> str:
    return f"Slurm job {', '.join(jobs)}"
