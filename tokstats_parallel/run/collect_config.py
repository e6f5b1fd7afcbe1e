"""Collect config: loads a config's job, and runs the job by the engine that the caller chooses."""

from pathlib import Path

from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run.coordinator import collect
from tokstats_parallel.run.make_engine import EngineMaker
from tokstats_parallel.shards.observer import Observer


def collect_config(
    request: JobRequest,
    *,
    make_engine: EngineMaker,
    output_file: Path,
    work_dir: Path | None,
    cache_dir: Path | None,
    use_cache: bool,
    keep_work: bool,
    fresh: bool,
    min_count: int,
    observer: Observer,
) -> Collected:
    """Runs the job of a config, and writes the result.

    The config and the options are checked first, then the output's folder, then the corpora.

    Args:
        request: Config, and the values that replace values of the config.
        make_engine: Makes the engine that runs the shards.
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
    check_min_count(min_count)
    job = load_job(request, notify=observer.note)
    output = OutputPaths.of(output_file, work_dir)
    output.refuse_inputs([request.config])
    return collect(
        job,
        engine=make_engine(job, observer),
        output=output,
        observer=observer,
        cache_dir=cache_dir,
        use_cache=use_cache,
        threads=None,
        keep_work=keep_work,
        fresh=fresh,
        min_count=min_count,
    )


def check_min_count(min_count: int) -> None:
    """Checks the value of `--min-count`.

    Raises:
        ConfigError: It is not a count that a token can have.
    """
    if not 1 <= min_count < 1 << 64:
        raise ConfigError(f"--min-count: must be at least 1 and below 2**64 (found {min_count})")
