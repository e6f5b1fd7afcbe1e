"""Task number: finds out which task of a plan this process runs, from options or from the scheduler's environment.

Schedulers count differently: some from 0, some from 1, some from any number. And a run that is started again for a few
missing tasks has their numbers only. So a task's number is never guessed: the number of all tasks must be known, too,
and must be the plan's.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tokstats_parallel.errors import ConfigError
from tokstats_parallel.system.digits import parse_digits


class _Source(NamedTuple):
    """Environment variable in which a scheduler gives a task's number, and the number of the first task."""

    variable: str
    first: int


OWN_TASK, OWN_TASKS = "TOKSTATS_TASK", "TOKSTATS_TASKS"
_SLURM, _SLURM_COUNT, _SLURM_MIN = "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"
_SOURCES = (
    _Source(OWN_TASK, 0),
    _Source(_SLURM, 0),
    _Source("PBS_ARRAY_INDEX", 0),
    _Source("SGE_TASK_ID", 1),
    _Source("LSB_JOBINDEX", 1),
    _Source("JOB_COMPLETION_INDEX", 0),
    _Source("AWS_BATCH_JOB_ARRAY_INDEX", 0),
)
_NO_ARRAY = {"SGE_TASK_ID": "undefined", "LSB_JOBINDEX": "0"}
"""Variable -> value that it has in a job which is no array."""
_GIVE_BOTH = f"give --task K --tasks T, or {OWN_TASK} and {OWN_TASKS}"


def find_task(task: int | None, tasks: int | None, *, planned: int, environment: Mapping[str, str]) -> int:
    """Returns the number of the task that this process runs, from 0.

    Args:
        task: Value of `--task`, or None.
        tasks: Value of `--tasks`, or None.
        planned: Number of tasks in the plan.
        environment: Environment variables; an option comes before them, and our own before the schedulers'.

    Raises:
        ConfigError: The task's number or the number of tasks is missing, is no number, or does not fit the plan.
    """
    where = "--task"
    source = None
    if task is None:
        source = _source(environment)
        if source is None:
            raise ConfigError(f"which of the plan's {planned:,} tasks? {_GIVE_BOTH}")
        where, task = source.variable, _number(source.variable, environment) - source.first
    tasks, of = _tasks(tasks, source, environment)
    if tasks is None:
        raise ConfigError(
            f"{where} says which task, but not of how many; add --tasks {planned}, the number of the plan's tasks"
        )
    if tasks != planned:
        more = f"; if only some tasks run, add --tasks {planned}" if of == _SLURM_COUNT else ""
        raise ConfigError(f"{of} says {tasks:,} tasks, but the plan has {planned:,}{more}")
    if source and source.variable == _SLURM and environment.get(_SLURM_COUNT) == str(planned):
        task -= _number(_SLURM_MIN, environment) if _SLURM_MIN in environment else 0
    if not 0 <= task < planned:
        given = f"{where}={environment[where]}" if source else where
        first = f" (it counts from {source.first})" if source and source.first else ""
        raise ConfigError(f"{given}: there is no task {task}{first}; the plan has the tasks 0 to {planned - 1}")
    return task


def _source(environment: Mapping[str, str]) -> _Source | None:
    for source in _SOURCES:
        if environment.get(source.variable, "") not in ("", _NO_ARRAY.get(source.variable)):
            return source
    return None


def _tasks(tasks: int | None, source: _Source | None, environment: Mapping[str, str]) -> tuple[int | None, str]:
    """Returns the number of tasks that was given, and where it was given."""
    if tasks is not None:
        return tasks, "--tasks"
    if environment.get(OWN_TASKS):
        return _number(OWN_TASKS, environment), OWN_TASKS
    if source and source.variable == _SLURM and environment.get(_SLURM_COUNT):
        return _number(_SLURM_COUNT, environment), _SLURM_COUNT
    return None, ""


def _number(variable: str, environment: Mapping[str, str]) -> int:
    value = environment[variable]
    if (number := parse_digits(value)) is None:
        raise ConfigError(f"{variable}={value!r}: is not a number of tasks, or of a task; {_GIVE_BOTH}")
    return number
