"""`tokstats collect`: runs the job of a config on this machine, and prints the summary of the run.

The output files are only written when all shards of the run are finished.
"""

from pathlib import Path

from tokstats_parallel.commands.options import CollectOptions
from tokstats_parallel.display.console import excuse_stdout, require_stdout, stdout_console, take_stdout_failure
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.display.summary import Summary
from tokstats_parallel.display.summary_text import print_summary
from tokstats_parallel.errors import OutputError
from tokstats_parallel.run.collect_config import collect_config
from tokstats_parallel.run.make_engine import local_engine


def run_collect(config: Path, options: CollectOptions) -> int:
    """Runs the job of a config, and prints the summary of the run.

    Returns:
        The exit code.

    Raises:
        TokstatsError: The run failed, or the config or an option cannot be used.
    """
    if options.json:
        require_stdout("--json")
    with open_progress(quiet=options.quiet, progress=not options.no_progress) as observer:
        collected = collect_config(
            options.job_request(config),
            make_engine=local_engine(options.workers),
            output_file=options.output_file,
            work_dir=options.work_dir,
            cache_dir=options.cache_dir,
            use_cache=not options.no_cache,
            keep_work=options.keep_work,
            fresh=options.fresh,
            min_count=options.min_count,
            observer=observer,
        )
    print_result(Summary.of(collected), as_json=options.json, quiet=options.quiet)
    return 0


def print_result(summary: Summary, *, as_json: bool, quiet: bool) -> None:
    """Prints the summary. The result is in its files, so only a program that reads the summary suffers by its loss.

    Raises:
        OutputError: A JSON summary cannot be written.
    """
    console = stdout_console()
    if as_json:
        console.put(summary.to_json())
        if failure := take_stdout_failure():
            raise OutputError(
                f"{summary.output['json']}: is written, but the summary of --json is not: stdout cannot be written "
                f"({failure}); give it another place"
            )
    elif not quiet:
        print_summary(summary, console)
        excuse_stdout("the result is written")
