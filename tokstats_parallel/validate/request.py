"""Request to `validate`: a config, and the options of the run to check."""

from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.request import JobRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRequest:
    """Config and options as typed: a bad value is the failure of a check, no error.

    Attributes:
        job: Config of the run, and the values that replace the config's.
        workers: Number of worker processes, or `auto`.
        output_file: File of the JSON result.
        work_dir: Folder of finished shards; None for the one beside the output.
        cache_dir: Folder of converted corpora; None for the user's cache.
        use_cache: Whether corpora are converted; otherwise every process holds them in memory.
        quick: Whether time and memory are left unestimated.
    """

    job: JobRequest
    workers: str
    output_file: Path
    work_dir: Path | None
    cache_dir: Path | None
    use_cache: bool
    quick: bool
