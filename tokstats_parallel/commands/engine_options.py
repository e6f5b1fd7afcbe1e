"""Options that choose the engine of a run, and options of the engines, with their types, defaults and help texts."""

from dataclasses import dataclass, fields
from typing import Annotated, Literal

from cyclopts import Group, Parameter

from tokstats_parallel.commands.parameters import PLAIN, WHOLE
from tokstats_parallel.engines.slurm.options import SlurmOptions, parse_sbatch
from tokstats_parallel.errors import ConfigError

EngineName = Literal["local", "slurm", "dask"]

_SLURM = Parameter(group=Group("With --engine slurm", sort_key=1))
_DASK = Parameter(group=Group("With --engine dask", sort_key=2))


@dataclass(frozen=True, kw_only=True)
class SlurmWords:
    """Options of the Slurm engine, as typed.

    Attributes:
        partition: Partition of the cluster; the cluster's default if it is not given.
        time: Time limit of a task, such as 4:00:00; the partition's if it is not given.
        tasks: Number of tasks; one for some 2,000 batches, up to 1,000 tasks, if it is not given.
        array_parallelism: Largest number of tasks that run at the same time.
        cpus_per_task: CPUs of a task, and so its worker processes; 1 if it is not given.
        mem: Memory of a task, such as 16G; the cluster's default if it is not given.
        env_command: Shell command that each task runs first, such as "module load python"; it must find tokstats.
        sbatch: Further option of sbatch, KEY=VALUE, such as account=lab; may be given several times.
        dry_run: Print the batch script, and submit nothing.
        on_interrupt: Tasks after Ctrl-C or SIGTERM, cancel or leave; if it is not given, a terminal is asked after
            Ctrl-C, and else they are left.
    """

    partition: Annotated[str | None, PLAIN, _SLURM] = None
    time: Annotated[str | None, PLAIN, _SLURM] = None
    tasks: Annotated[int | None, WHOLE, PLAIN, _SLURM] = None
    array_parallelism: Annotated[int | None, WHOLE, PLAIN, _SLURM] = None
    cpus_per_task: Annotated[int | None, WHOLE, PLAIN, _SLURM] = None
    mem: Annotated[str | None, PLAIN, _SLURM] = None
    env_command: Annotated[str | None, PLAIN, _SLURM] = None
    sbatch: Annotated[tuple[str, ...], PLAIN, _SLURM] = ()
    dry_run: Annotated[bool, PLAIN, _SLURM] = False
    on_interrupt: Annotated[Literal["cancel", "leave"] | None, PLAIN, _SLURM] = None

    def slurm_options(self, workers: str) -> SlurmOptions:
        """Returns the options of the Slurm engine.

        Args:
            workers: Number of worker processes of a task, or `auto`.

        Raises:
            ConfigError: An option cannot be used.
        """
        return SlurmOptions(
            partition=self.partition,
            time=self.time,
            tasks=self.tasks,
            array_parallelism=self.array_parallelism,
            cpus_per_task=1 if self.cpus_per_task is None else self.cpus_per_task,
            mem=self.mem,
            env_command=self.env_command,
            sbatch=parse_sbatch(self.sbatch),
            workers=workers,
        ).checked()


@dataclass(frozen=True, kw_only=True)
class DaskWords:
    """Options of the Dask engine, as typed.

    Attributes:
        scheduler: Address of the Dask scheduler, such as tcp://HOST:8786, in place of a cluster on this machine that
            ends with the run.
    """

    scheduler: Annotated[str | None, PLAIN, _DASK] = None


_WORDS = {"slurm": SlurmWords, "dask": DaskWords}
"""Name of an engine -> class of the options that only this engine has."""


@dataclass(frozen=True, kw_only=True)
class EngineOptions(DaskWords, SlurmWords):
    """Options that choose the engine.

    Attributes:
        engine: Where shards run, local (worker processes on this machine), slurm (an array of Slurm) or dask (a Dask
            cluster). Never changes the result.
    """

    engine: Annotated[EngineName, Parameter(negative=())] = "local"

    def refuse_words_of_others(self) -> None:
        """Refuses the options of an engine where another one is chosen.

        Raises:
            ConfigError: One of them is given.
        """
        for engine, words in _WORDS.items():
            for field in fields(words):
                if engine != self.engine and getattr(self, field.name) != field.default:
                    option = f"--{field.name.replace('_', '-')}"
                    raise ConfigError(f"{option}: is an option of --engine {engine}; add it, or leave {option} out")
