"""Request for a job: a config file, and the typed values that replace the config's."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """Config and options of a run, as typed; nothing is checked yet.

    Attributes:
        config: Path of the config file (JSON).
        num_batches: Batches to draw.
        seed: Seed; None takes the config's.
        assignments: Settings in place of the config's, each `key=value`; a value is JSON, or else a string as it is.
        special_tokens: Special tokens, separated by commas; None takes the reference tokenizer's.
        eos_token: Eos token; None takes the reference tokenizer's.
    """

    config: Path
    num_batches: int = 1000
    seed: int | None = None
    assignments: tuple[str, ...] = ()
    special_tokens: str | None = None
    eos_token: str | None = None
