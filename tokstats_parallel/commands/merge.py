"""`tokstats merge`: writes the result of a plan when all its tasks are done."""

from pathlib import Path

from tokstats_parallel.commands.run_end import check_report, end_run
from tokstats_parallel.commands.task_options import MergeOptions
from tokstats_parallel.display.console import require_stdout
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.run.merge_tasks import merge_tasks


def run_merge(folder: Path, options: MergeOptions) -> int:
    """Merges the partials of a plan, and prints the summary of the result.

    Returns:
        The exit code.

    Raises:
        TokstatsError: Draws are missing, or the result cannot be written.
    """
    if options.json:
        require_stdout("--json")
    check_report(options.report, options.output_file)
    with open_progress(quiet=options.quiet, progress=True) as observer:
        collected = merge_tasks(folder, output_file=options.output_file, min_count=options.min_count, observer=observer)
    end_run(collected, report=options.report, as_json=options.json, quiet=options.quiet)
    return 0
