"""`tokstats status`: tells how far the tasks of a plan are."""

import json
from pathlib import Path

from tokstats_parallel.commands.task_options import StatusOptions
from tokstats_parallel.display.console import require_stdout, stdout_console
from tokstats_parallel.display.task_status_text import status_lines
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.run.task_status import task_status
from tokstats_parallel.system.file_names import json_values
from tokstats_parallel.tasks.task_list import task_list

INCOMPLETE = 3


def run_status(folder: Path, options: StatusOptions) -> int:
    """Prints how far the tasks of the plan in a work folder are.

    Returns:
        The exit code, 0 if all draws are saved, else 3.

    Raises:
        TokstatsError: The folder has no plan that this version can read.
    """
    if options.json and options.array:
        raise ConfigError("--json and --array print different things; give one of them")
    require_stdout("status")
    status = task_status(folder)
    console = stdout_console()
    if options.json:
        console.put(json.dumps(json_values(status.to_json())))
    elif options.array:
        if missing := status.of_state("missing"):
            console.put(task_list(missing))
    else:
        for line in status_lines(status):
            console.put(line)
    return 0 if status.is_done else INCOMPLETE
