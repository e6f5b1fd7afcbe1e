"""Local run: loads a config's job, chooses the number of workers, and runs the job by the local engine."""

from pathlib import Path

from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.engines.local.engine import LocalEngine
from tokstats_parallel.errors import ConfigError
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
    min_count: int,
    observer: Observer,
) -> Collected:
    """Runs a config on this machine, and writes the result.

    The config and the options are checked first, then the output's folder, then the corpora.

    Args:
        request: Config, and the values that replace values of the config.
        workers: Number of worker processes, or `auto`.
        output_file: JSON file of the result.
        work_dir: Folder of finished shards; None for the folder beside the output.
        cache_dir: Folder of converted corpora; None for the user's cache.
        use_cache: Whether corpora are converted into the cache; if not, every process holds them in memory.
        keep_work: Whether the finished shards are kept after the run.
        fresh: Whether to remove the shards that an earlier run has left.
        min_count: Least count in all of a sampled token that is written.
        observer: Receives the events of the run, and notes about the config.

    Raises:
        TokstatsError: The config or an option cannot be used, or the run failed.
    """
    requested = parse_workers(workers)
    if not 1 <= min_count < 1 << 64:
        raise ConfigError(f"--min-count: must be at least 1 and below 2**64 (found {min_count})")
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
        min_count=min_count,
    )
