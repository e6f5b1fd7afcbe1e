"""Make engine: makes the engine of a run when its job is known."""

from typing import Protocol

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.interface import Engine
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.engines.slurm.engine import SlurmEngine
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import count_shards
from tokstats_parallel.system.workers_and_memory import choose_workers, parse_workers


class EngineMaker(Protocol):
    """Function that makes the engine of a run; the options of the engine are checked before."""

    def __call__(self, job: Job, observer: Observer, /) -> Engine:
        """Makes the engine for a job; the observer receives a note about what was chosen."""
        ...


def local_engine(workers: str) -> EngineMaker:
    """Returns the maker of the local engine.

    Args:
        workers: Number of worker processes, or `auto`.

    Raises:
        ConfigError: The number of workers cannot be used.
    """
    requested = parse_workers(workers)

    def make(job: Job, observer: Observer) -> LocalEngine:
        chosen = choose_workers(requested, shards=count_shards(job))
        observer.note(chosen.reason)
        return LocalEngine(chosen.count)

    return make


def slurm_engine(engine: SlurmEngine) -> EngineMaker:
    """Returns the maker of the Slurm engine, which is the same for each job."""
    return lambda _job, _observer: engine
