"""Working directory with a config and two small corpora, for tests of the command line."""

import json
import os
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.corpora import write_parquet

TYPED = ["--special-tokens", "<s>,</s>", "--eos-token", "</s>"]
SPECIAL: dict[str, Any] = {"special_tokens": "<s>,</s>", "eos_token": "</s>"}
"""Arguments of the Python interface for the same."""
SMALL = {
    "langs": "python go",
    "train_directory": "train",
    "block_size": 16,
    "train_batch_size": 4,
    "tokenizer_batch_size": 8,
    "tokenizer_sample_min": 400,
    "tokenizer_sample_max": 500,
    "tokenizer_sample_mean": 450,
    "tokenizer_noise_mean": 1e-5,
    "tokenizer_noise_std": 4,
}


@dataclass
class Place:
    """Working directory with a config whose run needs no further files.

    Attributes:
        folder: Path of the working directory.
    """

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config.json"

    @property
    def options(self) -> list[str]:
        return [*TYPED, "--cache-dir", str(self.folder / "cache"), "--workers", "1"]

    def write(self, **values: object) -> None:
        self.config.write_text(json.dumps(SMALL | values), encoding="utf-8")

    def corpus(self, name: str, column: pa.Array) -> None:
        path = self.folder / "train" / f"{name}.parquet"
        pa.parquet.write_table(pa.table({"text": column}), path)


def leave_out_schedulers(patch: pytest.MonkeyPatch) -> None:
    """Removes the variables by which a scheduler names a task, for tests that run in such a task themselves."""
    for name in list(os.environ):
        if name.startswith(("SLURM_", "TOKSTATS_TASK")):
            patch.delenv(name)


def make_place(folder: Path) -> Place:
    place = Place(folder)
    dice = random.Random(7)  # noqa: S311 - no secret
    words = ["".join(dice.choices("abcdefghij_(", k=dice.randint(2, 9))) for _ in range(200)]
    for language in ("python", "go"):
        rows = [" ".join(dice.choices(words, k=40)) for _ in range(60)]
        write_parquet(folder / "train" / f"{language}.parquet", rows)
    place.write()
    return place
