"""Request for a job: the path of a config file, and options that override its values."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

TRAINING: Final = "training"
NumBatches = int | Literal["training"]
"""Number of batches, or `training` for the number of draws of the config's whole training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest:
    """Path of a config and options of a run, as the user typed them; none is checked yet.

    Attributes:
        config: Path of the config file (JSON).
        num_batches: Number of batches to draw, or `training`.
        seed: Seed of all random streams; None for the config's seed.
        assignments: Words `key=value` that override settings of the config; a value that is not JSON is a string.
        special_tokens: Special tokens, separated by commas; None for the reference tokenizer's.
        eos_token: Eos token, empty for none; None for the reference tokenizer's.
        language_counts: Table of pages by language, for languages without weights; None for the training's, if found.
    """

    config: Path
    num_batches: NumBatches = 1000
    seed: int | None = None
    assignments: tuple[str, ...] = ()
    special_tokens: str | None = None
    eos_token: str | None = None
    language_counts: Path | None = None
