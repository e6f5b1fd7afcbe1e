"""Request to `validate`: a config, and the options of the run to check."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRequest:
    """Config and options as typed: a bad value is the failure of a check, no error.

    Attributes:
        config: The config's path.
        num_batches: Batches of the run.
        seed: Seed in place of the config's.
        assignments: `key=value` settings in place of the config's.
        special_tokens: Special tokens in place of the reference tokenizer's, separated by commas.
        eos_token: Eos token in place of the reference tokenizer's.
        workers: A number of worker processes, or `auto`.
        output_file: File of the JSON result.
        work_dir: Folder of finished shards; None for the one beside the output.
        cache_dir: Folder of converted corpora; None for the user's cache.
        use_cache: Whether corpora are converted; otherwise every process holds them in memory.
        quick: Whether time and memory are left unestimated.
    """

    config: Path
    num_batches: int
    seed: int | None
    assignments: tuple[str, ...]
    special_tokens: str | None
    eos_token: str | None
    workers: str
    output_file: Path
    work_dir: Path | None
    cache_dir: Path | None
    use_cache: bool
    quick: bool
