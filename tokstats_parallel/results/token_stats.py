"""Token statistics: the files of a result as Python values, read when they are asked for."""

import json
import os
import shutil
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self

from tokstats_parallel.results.paths import OutputPaths


class ResultPaths(NamedTuple):
    """Paths of the three files of a result.

    Attributes:
        json: The JSON, token -> count.
        parquet: The Parquet, with the counts of every language.
        manifest: The manifest, a JSON about the run.
    """

    json: Path
    parquet: Path
    manifest: Path


@dataclass(frozen=True, repr=False, eq=False)
class TokenStats:
    """Result of a run (SPEC 2, "Result"): how many batches' vocabularies held each token, in all and by language.

    Tokens are byte-level mapped strings, such as `Ġthe`; special tokens are as they are. The files must not be changed
    while the object is used.

    Attributes:
        paths: The files of the result.
        manifest: The content of the manifest: config digest, seed, versions, totals, timings.
    """

    paths: ResultPaths
    manifest: dict[str, Any]

    @classmethod
    def of(cls, output: OutputPaths) -> Self:
        """Returns the result that a run has written."""
        paths = ResultPaths(*output.files)
        return cls(paths, json.loads(paths.manifest.read_text("utf-8")))

    def owning(self, folder: Path) -> Self:
        """Removes the folder of the result when this object is no longer used, or the process ends."""
        weakref.finalize(self, _remove, folder, os.getpid())
        return self

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Token -> number of batches whose vocabulary held it, by falling count, then by code points."""
        return MappingProxyType(json.loads(self.paths.json.read_bytes()))

    @cached_property
    def per_language(self) -> Mapping[str, Mapping[str, int]]:
        """Language -> token -> number of its batches whose vocabulary held the token, where that is not 0."""
        return _PerLanguage(self.paths.parquet, tuple(self.manifest["batches_per_language"]))

    def __repr__(self) -> str:
        """Returns the number of batches and of tokens, and the file."""
        batches, tokens = self.manifest["batches"], self.manifest["unique_tokens"]
        return f"TokenStats({batches:,} batches, {tokens:,} tokens, {str(self.paths.json)!r})"


class _PerLanguage(Mapping[str, Mapping[str, int]]):
    """Counts of each language, whose column of the Parquet is read at the first access."""

    def __init__(self, parquet: Path, languages: tuple[str, ...]) -> None:
        self._parquet = parquet
        self._columns: dict[str, Mapping[str, int] | None] = dict.fromkeys(languages)

    def __getitem__(self, language: str) -> Mapping[str, int]:
        counts = self._columns[language]
        if counts is None:
            counts = self._columns[language] = self._read(language)
        return counts

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"<counts of {', '.join(self)}>"

    def _read(self, language: str) -> Mapping[str, int]:
        import pyarrow.parquet as pq  # noqa: PLC0415 - takes a third of a second

        column = f"count_{language}"
        table = pq.read_table(self._parquet, columns=["token", column])
        counts = zip(table["token"].to_pylist(), table[column].to_pylist(), strict=True)
        return MappingProxyType({token: count for token, count in counts if count})


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # not a fork, which has the same object
        shutil.rmtree(folder, ignore_errors=True)
