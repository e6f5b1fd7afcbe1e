"""`tokstats collect`: config and options -> job -> coordinator -> summary.

All options and the config are checked first, then the output's folder, then the corpora. Nothing is written to the
output before the run has succeeded.
"""

from pathlib import Path

from tokstats_parallel.commands.options import CollectOptions
from tokstats_parallel.config.load import load_job
from tokstats_parallel.display.console import stdout_console
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.display.summary import Summary, print_summary
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run.coordinator import collect
from tokstats_parallel.shards.plan import count_shards
from tokstats_parallel.system.workers_and_memory import choose_threads, choose_workers, parse_workers


def run_collect(config: Path, options: CollectOptions) -> int:
    """Collects the token frequencies, and prints the summary.

    Returns:
        The exit code.

    Raises:
        TokstatsError: The run failed, or its options cannot be used.
    """
    workers = parse_workers(options.workers)
    with open_progress(quiet=options.quiet, progress=not options.no_progress) as observer:
        job = load_job(options.job_request(config), notify=observer.note)
        paths = OutputPaths.of(options.output_file, options.work_dir)
        paths.refuse_inputs([config])
        chosen = choose_workers(workers, shards=count_shards(job))
        observer.note(chosen.reason)
        collected = collect(
            job,
            engine=LocalEngine(chosen.count),
            observer=observer,
            output=paths,
            threads=choose_threads(chosen.count),
            cache_dir=options.cache_dir,
            use_cache=not options.no_cache,
            keep_work=options.keep_work,
            fresh=options.fresh,
        )
    _print(Summary.of(collected), options)
    return 0


def _print(summary: Summary, options: CollectOptions) -> None:
    console = stdout_console()
    if options.json:
        console.put(summary.to_json())
    elif not options.quiet:
        print_summary(summary, console)
