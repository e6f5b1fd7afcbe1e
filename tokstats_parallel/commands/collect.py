"""`tokstats collect`: runs the job of a config, and prints the summary of the run.

The output files are only written when all shards of the run are finished.
"""

from contextlib import ExitStack
from pathlib import Path

from tokstats_parallel.commands.options import CollectOptions
from tokstats_parallel.commands.run_end import check_report, end_run
from tokstats_parallel.commands.slurm_tasks import deciding
from tokstats_parallel.display.console import put_on_stdout, require_stdout, stderr_console
from tokstats_parallel.display.progress import open_progress
from tokstats_parallel.engines.slurm.engine import SlurmEngine
from tokstats_parallel.engines.slurm.task_plan import CacheChoice
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.run.batch_script import batch_script
from tokstats_parallel.run.collect_config import collect_config
from tokstats_parallel.run.make_engine import EngineMaker, engine_maker, slurm_engine


def run_collect(config: Path, options: CollectOptions) -> int:
    """Runs the job of a config, and prints the summary of the run.

    Returns:
        The exit code.

    Raises:
        TokstatsError: The run failed, or the config or an option cannot be used.
    """
    if options.json:
        require_stdout("--json")
    check_report(options.report, options.output_file)
    options.refuse_words_of_others()
    with ExitStack() as stack:
        if options.engine == "slurm":
            cache = CacheChoice(options.cache_dir, is_used=not options.no_cache)
            engine = SlurmEngine(options.slurm_options(options.workers), cache)
            if options.dry_run:
                return _print_script(config, options, engine)
            stack.enter_context(deciding(engine, options.on_interrupt))
            maker = slurm_engine(engine)
        else:
            maker = engine_maker(options.engine, workers=options.workers, scheduler=options.scheduler)
        collected = _collect(config, options, maker)
    end_run(collected, report=options.report, as_json=options.json, quiet=options.quiet)
    return 0


def _collect(config: Path, options: CollectOptions, make_engine: EngineMaker) -> Collected:
    with open_progress(quiet=options.quiet, progress=not options.no_progress) as observer:
        return collect_config(
            options.job_request(config),
            make_engine=make_engine,
            output_file=options.output_file,
            work_dir=options.work_dir,
            cache_dir=options.cache_dir,
            use_cache=not options.no_cache,
            keep_work=options.keep_work,
            fresh=options.fresh,
            min_count=options.min_count,
            observer=observer,
        )


def _print_script(config: Path, options: CollectOptions, engine: SlurmEngine) -> int:
    notify = (lambda _line: None) if options.quiet else stderr_console().notice
    script = batch_script(
        options.job_request(config),
        engine,
        output_file=options.output_file,
        work_dir=options.work_dir,
        notify=notify,
    )
    put_on_stdout(script)
    return 0
