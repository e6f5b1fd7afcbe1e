"""What `tokstats validate` is asked."""

from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.cache import default_cache_dir


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateRequest:
    """What was asked for, as it was typed; the help of `tokstats validate` says what each means."""

    config: Path
    num_batches: int = 1000
    output_file: Path = Path("token_frequencies.json")
    workers: str = "auto"
    seed: int | None = None
    assignments: tuple[str, ...] = ()
    special_tokens: str | None = None
    eos_token: str | None = None
    cache_dir: Path | None = None
    no_cache: bool = False
    quick: bool = False

    @property
    def config_folder(self) -> Path:
        """The folder of the config."""
        return self.config.absolute().parent

    def cache_folder(self) -> Path | None:
        """The cache's folder, absolute; None where none is to be used.

        Raises:
            CorpusError: None was named, and the user has no home folder.
        """
        return None if self.no_cache else (self.cache_dir or default_cache_dir()).absolute()
