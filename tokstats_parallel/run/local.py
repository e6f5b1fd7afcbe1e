"""Runs a config on this machine: loads the job, chooses the number of workers, and collects by the local engine."""

from pathlib import Path

from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run.coordinator import collect
from tokstats_parallel.shards.observer import Observer
from tokstats_parallel.shards.plan import count_shards
from tokstats_parallel.system.workers_and_memory import choose_threads, choose_workers, parse_workers


def collect_locally(
    request: JobRequest,
    *,
    workers: str,
    output_file: Path,
    work_dir: Path | None,
    cache_dir: Path | None,
    use_cache: bool,
    keep_work: bool,
    fresh: bool,
    observer: Observer,
) -> Collected:
    """Runs a config and writes its result.

    The config and the options are checked first, then the output's folder, then the corpora.

    Args:
        request: The config, and the values that replace the config's.
        workers: The number of worker processes, or `auto`.
        output_file: The JSON of the result.
        work_dir: The folder of finished shards; the one beside the output if it is None.
        cache_dir: See `coordinator.collect`, as for the following.
        use_cache: See there.
        keep_work: See there.
        fresh: See there.
        observer: Receives the events of the run, and notes about the config.

    Raises:
        TokstatsError: The config or an option cannot be used, or the run failed.
    """
    requested = parse_workers(workers)
    job = load_job(request, notify=observer.note)
    output = OutputPaths.of(output_file, work_dir)
    output.refuse_inputs([request.config])
    chosen = choose_workers(requested, shards=count_shards(job))
    observer.note(chosen.reason)
    return collect(
        job,
        engine=LocalEngine(chosen.count),
        output=output,
        observer=observer,
        cache_dir=cache_dir,
        use_cache=use_cache,
        threads=choose_threads(chosen.count),
        keep_work=keep_work,
        fresh=fresh,
    )
