"""Token statistics: reads the files of a result for Python programs, each file at the first access to its values."""

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
from tokstats_parallel.system.file_names import arrow_name


class ResultPaths(NamedTuple):
    """Paths of the three files of a result.

    Attributes:
        json: Path of the JSON file, token -> count.
        parquet: Path of the Parquet file, which also has the counts of every language.
        manifest: Path of the manifest, a JSON file about the run.
    """

    json: Path
    parquet: Path
    manifest: Path


@dataclass(frozen=True, repr=False, eq=False)
class TokenStats:
    """Result of a run (SPEC 2, "Result"): number of batches whose vocabularies held a token, in all and by language.

    A token is its mapped form, such as `Ġthe`; a special token is unchanged. The files of the result must not be
    changed while this object is used.

    Attributes:
        paths: Paths of the result's files.
        manifest: Content of the manifest: job digest, seed, versions, totals and seconds of the run's phases.
    """

    paths: ResultPaths
    manifest: dict[str, Any]

    @classmethod
    def of(cls, output: OutputPaths) -> Self:
        """Opens the result that a run has written to the paths `output`."""
        paths = ResultPaths(*output.files)
        return cls(paths, json.loads(paths.manifest.read_text("utf-8")))

    def owning(self, folder: Path) -> Self:
        """Returns this object; the folder is removed when the object is no longer used, or the process ends."""
        weakref.finalize(self, _remove, folder, os.getpid())
        return self

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Token -> number of batches whose vocabularies held the token, by falling count, then by code points."""
        return MappingProxyType(json.loads(self.paths.json.read_bytes()))

    @cached_property
    def per_language(self) -> Mapping[str, Mapping[str, int]]:
        """Language -> token -> number of the language's batches whose vocabularies held the token, without zeros."""
        return _PerLanguage(self.paths.parquet, tuple(self.manifest["batches_per_language"]))

    def __repr__(self) -> str:
        """Describes the result by its numbers of batches and tokens, and the path of its JSON."""
        batches, tokens = self.manifest["batches"], self.manifest["unique_tokens"]
        return f"TokenStats({batches:,} batches, {tokens:,} tokens, {str(self.paths.json)!r})"


class _PerLanguage(Mapping[str, Mapping[str, int]]):
    """Mapping language -> token -> count, which reads a language's column of the Parquet at the first access."""

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
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
        import pyarrow.parquet as pq  # noqa: PLC0415 - as above

        column = f"count_{language}"
        with pa.OSFile(arrow_name(self._parquet)) as file:
            table = pq.read_table(file, columns=["token", column])
        counts = zip(table["token"].to_pylist(), table[column].to_pylist(), strict=True)
        return MappingProxyType({token: count for token, count in counts if count})


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # a forked process has a copy of the object and must not remove the folder
        shutil.rmtree(folder, ignore_errors=True)
