"""Make engine: makes the engine of a run when its job is known."""

from importlib.util import find_spec
from typing import Protocol

from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.dask.engine import DaskEngine
from tokstats_parallel.engines.dask.existing_cluster import ExistingCluster
from tokstats_parallel.engines.dask.local_cluster import LocalCluster
from tokstats_parallel.engines.interface import Engine
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.engines.slurm.engine import SlurmEngine
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import count_shards
from tokstats_parallel.system.workers_and_memory import choose_workers, parse_workers


class EngineMaker(Protocol):
    """Function that makes the engine of a run; the options of the engine are checked before."""

    def __call__(self, job: Job, observer: Observer, /) -> Engine:
        """Makes the engine for a job; the observer receives a note about what was chosen."""
        ...


def engine_maker(engine: str, *, workers: str, scheduler: str | None = None) -> EngineMaker:
    """Returns the maker of an engine.

    Args:
        engine: Name of the engine, `local` or `dask`.
        workers: Number of worker processes on this machine, or `auto`.
        scheduler: Address of a Dask scheduler; None for the other engine, or for a Dask cluster on this machine.

    Raises:
        ConfigError: There is no such engine, it is not installed, or an option cannot be used.
    """
    if engine == "dask":
        return dask_engine(workers, scheduler)
    if engine != "local":
        raise ConfigError(f"--engine {engine!r}: must be local or dask (slurm: by the command `tokstats collect`)")
    if scheduler is not None:
        raise ConfigError("--scheduler: is an option of --engine dask; add it, or leave --scheduler out")
    return local_engine(workers)


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


def dask_engine(workers: str, scheduler: str | None) -> EngineMaker:
    """Returns the maker of the Dask engine.

    Args:
        workers: Number of worker processes of a cluster on this machine, or `auto`.
        scheduler: Address of the scheduler of a cluster that others have started; None to start one on this machine.

    Raises:
        ConfigError: An option cannot be used, or the package of Dask is missing.
    """
    requested = parse_workers(workers)
    if find_spec("distributed") is None:
        raise ConfigError("--engine dask: its package is missing; run `pip install 'tokstats-parallel[dask]'`")
    if scheduler is not None and requested is not None:
        raise ConfigError(
            "--workers and --scheduler: the workers of the scheduler run the shards; leave one of both out"
        )

    def make(job: Job, observer: Observer) -> DaskEngine:
        if scheduler is not None:
            return DaskEngine(ExistingCluster(scheduler))
        chosen = choose_workers(requested, shards=count_shards(job))
        observer.note(chosen.reason)
        return DaskEngine(LocalCluster(chosen.count))

    return make
