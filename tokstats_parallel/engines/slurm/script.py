"""Script: writes the batch script of an array, and the options of sbatch in it.

The options are given to sbatch by its command line, too, because there they come before SBATCH_... variables of the
user's environment.
"""

import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.engines.slurm.options import SlurmOptions
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.tasks.task_list import task_list

NOTICE_SECONDS = 60
"""Time before the time limit at which a task is told to leave its shards, in seconds; Slurm may be a minute early."""
NAME_START = "tokstats"
"""Begin of the names of Slurm jobs."""
LOG_NAME = "slurm-%A_%a.log"
_UNSAFE = re.compile(r"[^\w@+=:,./%-]", re.ASCII)
_PROGRAM = "tokstats"


@dataclass(frozen=True, slots=True, kw_only=True)
class Array:
    """Array to submit.

    Attributes:
        name: Name of the Slurm job, by which it is found again.
        folder: Work folder, an absolute path.
        tasks: Number of all tasks of the plan.
        width: Width of the array: an element runs every so many-th task.
        elements: Elements that are submitted.
    """

    name: str
    folder: Path
    tasks: int
    width: int
    elements: frozenset[int]


def log_path(folder: Path, job: str, element: int) -> Path:
    """Returns the path of an element's log: all that its tasks write to stdout and stderr."""
    return folder / LOG_NAME.replace("%A", job).replace("%a", str(element))


def sbatch_options(array: Array, options: SlurmOptions) -> list[str]:
    """Returns the options of sbatch, each one word."""
    limit = f"%{options.array_parallelism}" if options.array_parallelism else ""
    given = {
        "job-name": array.name,
        "array": f"{task_list(array.elements)}{limit}",
        "chdir": str(array.folder),
        "output": f"{str(array.folder).replace('%', '%%')}/{LOG_NAME}",
        "open-mode": "append",
        "ntasks": "1",
        "cpus-per-task": str(options.cpus_per_task),
        "signal": f"B:USR1@{NOTICE_SECONDS}",
        "partition": options.partition,
        "time": options.time,
        "mem": options.mem,
    }
    further = dict(options.sbatch)
    if "no-requeue" not in further:
        given["requeue"] = ""
    merged = {key: value for key, value in given.items() if value is not None} | further
    return [f"--{key}={value}" if value else f"--{key}" for key, value in merged.items()]


def render(array: Array, options: SlurmOptions) -> str:
    """Writes the batch script of an array.

    Raises:
        ConfigError: The path of the work folder cannot stand in a batch script.
    """
    path = str(array.folder)
    if not path.isprintable() or "\\" in path:  # in the name of a log, a backslash turns the other patterns off
        raise ConfigError(
            f"{path}: its name has a backslash or a character that cannot be printed, which Slurm does not take; "
            "choose another --work-dir"
        )
    lines = [
        "#!/bin/bash",
        *(f"#SBATCH {_quoted(option)}" for option in sbatch_options(array, options)),
        *_environment(options),
        *(_one_task(array, options) if array.width >= array.tasks else _several_tasks(array, options)),
    ]
    return "\n".join(lines) + "\n"


def _environment(options: SlurmOptions) -> list[str]:
    if not options.env_command:
        return []
    return [
        "if ! {",
        options.env_command,
        "}; then",
        '  echo "tokstats: error: a command of --env-command failed on $(hostname)" >&2',
        "  exit 1",
        "fi",
    ]


def _one_task(array: Array, options: SlurmOptions) -> list[str]:
    return [
        "# The shell is replaced, so that signals reach the program itself.",
        f'exec {_work(array, options)} --task "$SLURM_ARRAY_TASK_ID"',
    ]


def _several_tasks(array: Array, options: SlurmOptions) -> list[str]:
    return [
        f"# There are more tasks than the cluster takes in an array: each element runs every {array.width}th.",
        "stopped= child=",
        'stop() { stopped="$1"; [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null; }',
        "trap 'stop USR1' USR1",
        "trap 'stop TERM' TERM",
        f"for ((task = SLURM_ARRAY_TASK_ID; task < {array.tasks}; task += {array.width})); do",
        '  [ -z "$stopped" ] || exit 3',
        f'  {_work(array, options)} --task "$task" &',
        "  child=$!",
        '  [ -z "$stopped" ] || kill -s "$stopped" "$child"',
        "  # A signal ends the first `wait`, but not the program, which leaves its shards in good order.",
        '  wait "$child"; code=$?',
        '  if [ -n "$stopped" ]; then wait "$child"; code=$?; fi',
        '  [ "$code" = 0 ] || exit "$code"',
        "done",
    ]


def _work(array: Array, options: SlurmOptions) -> str:
    # Python's folder of modules does not begin with the current folder, which is one of data.
    program = [_PROGRAM] if options.env_command else [sys.executable, "-P", "-m", "tokstats_parallel"]
    words = [*program, "work", str(array.folder), "--tasks", str(array.tasks), "--workers", options.workers]
    return shlex.join([*words, "--no-progress"])


def _quoted(option: str) -> str:
    r"""Quotes an option for a line of #SBATCH, where \ stands for the next character, also inside quotes."""
    key, equals, value = option.partition("=")
    if not _UNSAFE.search(value):
        return option
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}{equals}"{escaped}"'
