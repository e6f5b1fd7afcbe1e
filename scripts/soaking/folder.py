"""Soak folder: a config and small corpora, the command over them, and the files that it leaves."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from string import ascii_lowercase
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = (sys.executable, "-m", "tokstats_parallel")
LANGUAGES = ("python", "go")
NAMES = frozenset({"out.json", "out.parquet", "out.manifest.json"})
_ROWS, _WORDS = 400, 40
_CONFIG = {
    "langs": " ".join(LANGUAGES),
    "train_directory": "train",
    "n_pools": 4,  # each pool has its own shard, however short
    "block_size": 512,
    "train_batch_size": 16,
    "tokenizer_batch_size": 16,
    "tokenizer_noise_mean": 1e-5,
    "tokenizer_noise_std": 4,
}


@dataclass(frozen=True)
class SoakFolder:
    """Folder in which a small run succeeds.

    Attributes:
        path: Path of the folder.
        batches: Number of batches that the command draws.
    """

    path: Path
    batches: int

    @classmethod
    def make(cls, folder: Path, *, batches: int, size: int) -> Self:
        """Makes the same inputs every time: vocabularies have `size` pieces, and differ much from draw to draw."""
        letters = random.Random(7)  # noqa: S311 - no secret
        (folder / "train").mkdir(parents=True)
        for language in LANGUAGES:
            words = ["".join(letters.choices(ascii_lowercase, k=12)) for _ in range(_ROWS * _WORDS)]
            rows = [" ".join(words[start : start + _WORDS]) for start in range(0, len(words), _WORDS)]
            pq.write_table(pa.table({"text": rows}), folder / "train" / f"{language}.parquet")
        sizes = {f"tokenizer_sample_{key}": size for key in ("min", "max", "mean")}
        (folder / "config.json").write_text(json.dumps(_CONFIG | sizes), encoding="utf-8")
        return cls(folder, batches)

    def command(self, output: Path, *options: str) -> list[str]:
        """Returns the words of the command that writes `output` (`out.json`) by two workers, run in the folder."""
        return [
            *PROGRAM,
            "config.json",
            "--output-file",
            str(output),
            "--workers",
            "2",
            "--quiet",
            *self._given(),
            *options,
        ]

    def plan(self, work: Path, tasks: int, cache: Path) -> list[str]:
        """Returns the words of the command that plans the same run as `command`, in tasks."""
        words = ["config.json", "--work-dir", str(work), "--tasks", str(tasks)]
        return [*PROGRAM, "plan", *words, *self._given(cache)]

    def _given(self, cache: Path = Path("cache")) -> list[str]:
        tokens = ["--special-tokens", "<s>,</s>", "--eos-token", "</s>"]
        return [*tokens, "--num-batches", str(self.batches), "--cache-dir", str(cache)]


@dataclass(frozen=True)
class Result:
    """Hashes of a JSON and of its Parquet; None for a file that is missing."""

    json: str | None
    parquet: str | None

    @classmethod
    def of(cls, output: Path) -> Self:
        """Hashes `output` and the Parquet beside it."""
        return cls(_sha256(output), _sha256(output.with_suffix(".parquet")))


def whole(output: Path, results: list[Result]) -> bool:
    """Tells whether each file of the output is a file of one of the results.

    Raises:
        ValueError: The manifest is not JSON.
    """
    found, manifest = Result.of(output), output.with_suffix(".manifest.json")
    if manifest.exists():
        json.loads(manifest.read_bytes())
    return found.json in {one.json for one in results} and found.parquet in {one.parquet for one in results}


def strays(output: Path) -> set[str]:
    """Returns the names in the output's folder that do not belong to a result."""
    return {path.name for path in output.parent.iterdir()} - NAMES


def _sha256(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else None
