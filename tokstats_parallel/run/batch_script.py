"""Batch script of a run by Slurm, as it would be submitted (`collect --engine slurm --dry-run`); nothing is written."""

from collections.abc import Callable
from pathlib import Path

from tokstats_parallel.config.load import load_job
from tokstats_parallel.config.request import JobRequest
from tokstats_parallel.engines.slurm.engine import SlurmEngine
from tokstats_parallel.results.paths import OutputPaths


def batch_script(
    request: JobRequest, engine: SlurmEngine, *, output_file: Path, work_dir: Path | None, notify: Callable[[str], None]
) -> str:
    """Returns the batch script of a run that has no finished shards.

    Args:
        request: Config, and the values that replace values of the config.
        engine: Engine that would run it.
        output_file: JSON file of the result.
        work_dir: Folder of finished shards; None for the folder beside the output.
        notify: Receives notes about the config.

    Raises:
        TokstatsError: The config or an option cannot be used.
    """
    job = load_job(request, notify=notify)
    return engine.script(OutputPaths.of(output_file, work_dir).work, job.num_batches)
