"""`tokstats collect`: config and options -> run on this machine -> summary.

Nothing is written to the output before the run has succeeded.
"""

from pathlib import Path

from tokstats_parallel.commands.options import CollectOptions
from tokstats_parallel.display.console import stdout_console
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.display.summary import Summary, print_summary
from tokstats_parallel.run.local import collect_locally


def run_collect(config: Path, options: CollectOptions) -> int:
    """Collects the token frequencies, and prints the summary.

    Returns:
        The exit code.

    Raises:
        TokstatsError: The run failed, or its options cannot be used.
    """
    with open_progress(quiet=options.quiet, progress=not options.no_progress) as observer:
        collected = collect_locally(
            options.job_request(config),
            workers=options.workers,
            output_file=options.output_file,
            work_dir=options.work_dir,
            cache_dir=options.cache_dir,
            use_cache=not options.no_cache,
            keep_work=options.keep_work,
            fresh=options.fresh,
            observer=observer,
        )
    _print(Summary.of(collected), options)
    return 0


def _print(summary: Summary, options: CollectOptions) -> None:
    console = stdout_console()
    if options.json:
        console.put(summary.to_json())
    elif not options.quiet:
        print_summary(summary, console)
