"""`tokstats plan`: cuts a run into tasks for other machines, and tells how to start them."""

import json
from pathlib import Path

from tokstats_parallel.commands.task_options import PlanOptions
from tokstats_parallel.display.console import excuse_stdout, require_stdout, stdout_console
from tokstats_parallel.display.plan_text import plan_lines, plan_summary
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.run.plan_tasks import plan_tasks
from tokstats_parallel.system.file_names import json_values


def run_plan(config: Path, options: PlanOptions) -> int:
    """Writes the plan of a config's run, and prints the lines that start its tasks.

    Returns:
        The exit code.

    Raises:
        TokstatsError: The config or an option cannot be used, or the work folder is in use.
    """
    if options.json:
        require_stdout("--json")
    with open_progress(quiet=False, progress=True) as observer:
        planned = plan_tasks(
            options.job_request(config),
            work_dir=options.work_dir,
            tasks=options.tasks,
            cache_dir=options.cache_dir,
            use_cache=not options.no_cache,
            fresh=options.fresh,
            observer=observer,
        )
    folder = options.work_dir.absolute()
    console = stdout_console()
    if options.json:
        console.put(json.dumps(json_values(plan_summary(folder, planned))))
    else:
        for line in plan_lines(folder, planned):
            console.put(line)
    excuse_stdout("the plan is written")
    return 0
