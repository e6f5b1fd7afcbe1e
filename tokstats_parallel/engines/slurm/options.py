"""Options of the Slurm engine, checked before anything is submitted."""

import re
from dataclasses import dataclass
from typing import Self

from tokstats_parallel.errors import ConfigError

_KEY = re.compile(r"[a-z][a-z0-9-]*")
_OWN = {
    "partition": "--partition",
    "time": "--time",
    "cpus-per-task": "--cpus-per-task",
    "mem": "--mem",
    "array": "--tasks and --array-parallelism",
    "clusters": "the variable SLURM_CLUSTERS, which all commands of Slurm read",
}
"""Option of sbatch -> our option for it, or another place."""
_RESERVED = frozenset(
    ("job-name", "output", "error", "input", "open-mode", "chdir", "parsable", "wrap", "wait", "test-only", "hold")
)
"""Options of sbatch on which the engine itself relies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlurmOptions:
    """Options of the Slurm engine.

    Attributes:
        partition: Partition of the cluster; None for the cluster's default.
        time: Time limit of a task, as sbatch takes it; None for the partition's.
        tasks: Number of tasks; None to choose it by the number of draws.
        array_parallelism: Largest number of tasks that run at the same time; None for no limit.
        cpus_per_task: Number of CPUs of a task.
        mem: Memory of a task, as sbatch takes it; None for the cluster's default.
        env_command: Shell commands that each task runs first; with them, `tokstats` is found by the PATH that they set.
        sbatch: Further options of sbatch, (key, value); the value is empty for an option without one.
        workers: Number of worker processes of a task, or `auto`.
    """

    partition: str | None = None
    time: str | None = None
    tasks: int | None = None
    array_parallelism: int | None = None
    cpus_per_task: int = 1
    mem: str | None = None
    env_command: str | None = None
    sbatch: tuple[tuple[str, str], ...] = ()
    workers: str = "auto"

    def checked(self) -> Self:
        """Returns these options.

        Raises:
            ConfigError: An option cannot be used.
        """
        for name in ("tasks", "array_parallelism", "cpus_per_task"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise ConfigError(f"--{name.replace('_', '-')} {number}: must be at least 1")
        values = [self.partition, self.time, self.mem, *(value for _, value in self.sbatch)]
        for value in values:
            if value is not None and not value.isprintable():
                raise ConfigError(f"{value!r}: an option of sbatch has no line breaks and no other control characters")
        return self


def parse_sbatch(words: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Parses the values of `--sbatch`: key=value, or a key alone.

    Raises:
        ConfigError: A word has no key that sbatch may have, or one of an option that has another name here.
    """
    return tuple(_parsed(word) for word in words)


def _parsed(word: str) -> tuple[str, str]:
    key, _, value = word.removeprefix("--").partition("=")
    if not _KEY.fullmatch(key):
        raise ConfigError(f"--sbatch {word!r}: must be KEY=VALUE, a long option of sbatch, such as account=lab")
    if key in _OWN:
        raise ConfigError(f"--sbatch {word!r}: give it as {_OWN[key]}")
    if key in _RESERVED:
        raise ConfigError(f"--sbatch {word!r}: --{key} is set by the program itself; leave it out")
    return key, value
