"""Request to `validate`: the config and the options of the run to check."""

from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.request import JobRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRequest:
    """Config and options of the run to check, as typed: a bad value makes a check fail, and raises no error.

    Attributes:
        job: Config of the run, and the values that replace values of the config.
        workers: Number of worker processes, or `auto`.
        output_file: Path of the JSON result.
        work_dir: Work folder of the run; None takes the folder beside the output.
        cache_dir: Folder of converted corpora; None takes the user's cache.
        use_cache: Whether corpora are converted; otherwise every process holds all rows in memory.
        quick: Whether the estimate of the run is left out.
    """

    job: JobRequest
    workers: str
    output_file: Path
    work_dir: Path | None
    cache_dir: Path | None
    use_cache: bool
    quick: bool
