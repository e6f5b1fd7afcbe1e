"""Token statistics: a written result for Python programs; columns are read at the first access to their values."""

import importlib.util
import json
import os
import shutil
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from tokstats_parallel.errors import ResultError, UnknownNameError
from tokstats_parallel.results.parquet import DESCRIBING, FACTS_KEY
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.result_files import OpenedResult, ResultPaths, open_result
from tokstats_parallel.results.result_table import ResultTable
from tokstats_parallel.results.token_counts import LanguageCounts, TokenCounts
from tokstats_parallel.results.top_tokens import top_rows
from tokstats_parallel.system.near_names import did_you_mean
from tokstats_parallel.system.wording import listed

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


@dataclass(frozen=True, repr=False, eq=False)
class TokenStats:
    """Result of a run (SPEC 2, "Result"): number of batches whose vocabularies held a token, in all and by language.

    A token is its mapped form, such as `Ġthe`; a special token is unchanged. The files of the result must not be
    changed while this object is used.

    Attributes:
        paths: Paths of the result's files; some may be missing if the result was loaded.
        manifest: Content of the manifest: job digest, seed, versions, totals and seconds of the run's phases. Without a
            manifest, that of the Parquet's metadata (SPEC 4), which lacks versions, seconds and paths; of a JSON alone,
            the numbers of batches, tokens and occurrences.
    """

    _opened: OpenedResult
    in_notebooks: ClassVar[Callable[[Any], str] | None] = None
    """Makes the HTML by which a notebook shows a result; set by the room above that can (`notebook`)."""

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Opens a written result, and reads the heads of its files.

        Args:
            path: JSON, Parquet or manifest of the result, or a folder that holds one result. One of JSON and Parquet is
                enough; only the Parquet has the counts of languages.

        Raises:
            ResultError: There is no result, or several; a file is damaged, of another program or of another version; or
                the files are not of one result.
        """
        return cls(open_result(Path(path)))

    @classmethod
    def of(cls, output: OutputPaths) -> Self:
        """Opens the result that a run has written to the paths `output`."""
        paths = ResultPaths(*output.files)
        return cls(OpenedResult(paths=paths, manifest=json.loads(paths.manifest.read_text("utf-8"))))

    def owning(self, folder: Path) -> Self:
        """Returns this object; the folder is removed when the object is no longer used, or the process ends."""
        weakref.finalize(self, _remove, folder, os.getpid())
        return self

    @property
    def paths(self) -> ResultPaths:
        """Paths of the result's files."""
        return self._opened.paths

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """Content of the manifest (see the class)."""
        if self._opened.manifest:
            return self._opened.manifest
        import pyarrow.compute as pc  # noqa: PLC0415 - takes a third of a second

        counts = self._table.column("count")
        return {
            "batches": pc.max(counts).as_py() or 0,  # every batch has the 256 bytes
            "unique_tokens": len(counts),
            "occurrences": pc.sum(counts).as_py() or 0,
        }

    @property
    def batches(self) -> int:
        """Number of batches of the run."""
        batches: int = self.manifest["batches"]
        return batches

    @cached_property
    def batches_per_language(self) -> Mapping[str, int]:
        """Language -> number of batches that drew it.

        Raises:
            ResultError: The result has neither a manifest nor a Parquet of this version.
        """
        batches: Mapping[str, int] | None = self.manifest.get("batches_per_language")
        if batches is None or not self._opened.has_parquet:
            raise ResultError(
                f"{self.paths.json}: has no counts of languages; put {self.paths.parquet.name} and "
                f"{self.paths.manifest.name} beside it"
            )
        return batches

    @cached_property
    def counts(self) -> TokenCounts:
        """Token -> number of batches whose vocabularies held the token, by falling count, then by code points."""
        return TokenCounts(self._table, "count", self.batches)

    @cached_property
    def per_language(self) -> Mapping[str, TokenCounts]:
        """Language -> token -> number of the language's batches whose vocabularies held the token, without zeros.

        The tokens of each language are in the order of their counts in all languages.
        """
        return LanguageCounts(self._table, self.batches_per_language)

    @property
    def inclusion(self) -> Mapping[str, float]:
        """Token -> inclusion probability: count / batches. `per_language[L].inclusion` has those of a language."""
        return self.counts.inclusion

    def top(
        self, n: int = 20, *, language: str | None = None, kind: str | None = None, sampled: bool = False
    ) -> list[tuple[str, int]]:
        """Returns the most frequent tokens with their counts, by falling count, then by code points.

        Args:
            n: Largest number of tokens.
            language: Language whose counts are taken; None for all languages together.
            kind: Kind of the tokens, such as `word start` (SPEC 4); None for all kinds.
            sampled: Whether to leave out the fixed tokens, which every vocabulary holds.

        Raises:
            UnknownNameError: The result has no such language, or there is no such kind.
        """
        counts = self.counts if language is None else self.per_language[language]
        rows = top_rows(self._table, n, language=language, kind=kind, sampled=sampled)
        tokens = self._table.column("token").take(rows).to_pylist()
        return [(token, counts[token]) for token in tokens]

    def to_arrow(self, columns: Sequence[str] | None = None) -> "pa.Table":
        """Returns the result as an Arrow table with the columns of the Parquet, and the manifest in its metadata.

        Args:
            columns: Names of the wanted columns; None for all. The others are not read.

        Raises:
            ResultError: A file is damaged.
            UnknownNameError: The result has no such column.
        """
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second

        known = self._names()
        for name in columns or ():
            if name not in known:
                near = did_you_mean(name, known, otherwise=f"it has {listed(known)}")
                raise UnknownNameError(f"{name}: no column of the result; {near}")
        table = pa.table(self._table.columns(known if columns is None else columns))
        return table.replace_schema_metadata({FACTS_KEY: json.dumps(self.manifest, ensure_ascii=False)})

    def to_pandas(self) -> "pd.DataFrame":
        """Returns the result as a pandas data frame with the columns of the Parquet.

        Raises:
            ImportError: pandas is not installed.
        """
        _require("pandas")
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_polars(self) -> "pl.DataFrame":
        """Returns the result as a polars data frame with the columns of the Parquet.

        Raises:
            ImportError: polars is not installed.
        """
        _require("polars")
        import polars as pl  # noqa: PLC0415 - as the user likes

        frame = pl.from_arrow(self.to_arrow())
        if not isinstance(frame, pl.DataFrame):
            raise TypeError("polars made no data frame of a table")
        return frame

    def __repr__(self) -> str:
        """Describes the result by its numbers of batches and tokens, and the path of its JSON."""
        batches, tokens = self.manifest["batches"], self.manifest["unique_tokens"]
        return f"TokenStats({batches:,} batches, {tokens:,} tokens, {str(self.paths.json)!r})"

    def _repr_html_(self) -> str | None:
        """Describes the result for a notebook as a report does, in short form."""
        make = type(self).in_notebooks
        return None if make is None else make(self)

    @cached_property
    def _table(self) -> ResultTable:
        return ResultTable(self._opened)

    def _names(self) -> list[str]:
        counts = [name for name in self._table.names_in_file if name.startswith("count")]
        return ["token", *DESCRIBING, *counts]


def _require(package: str) -> None:
    """Checks that a package is installed.

    Raises:
        ImportError: It is not; the message says how to install it.
    """
    if importlib.util.find_spec(package) is None:
        raise ImportError(f"{package} is not installed; run `pip install {package}`", name=package)


def _remove(folder: Path, process: int) -> None:
    if os.getpid() == process:  # a forked process has a copy of the object and must not remove the folder
        shutil.rmtree(folder, ignore_errors=True)
