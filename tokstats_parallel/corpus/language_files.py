"""Language sources: the files that hold the rows of a language, in the order of the rows.

The data of a language is the first of these in the training folder; `collect`, `validate` and `prepare` have one rule:

1. `{lang}.parquet`, one file;
2. `{lang}.parquet/`, a folder, or else `{lang}/`, with one of these:
   - a `Dataset` that `datasets.save_to_disk` has written, or the split `train` of such a `DatasetDict` (see
     `saved_dataset`);
   - Parquet files, in the folder or in folders below it (see `folder_files`).

Whatever lies there and is not read is counted and named in one line for the user (`LanguageSource.notice`).

This module finds a source and lists its files without Arrow, so that a run whose corpora are in the cache need not load
Arrow, which takes 0.2 s.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tokstats_parallel.corpus.file_identity import FileIdentity, digest_identities
from tokstats_parallel.corpus.folder_files import COMPRESSED_ENDS, PARQUET_ENDS, ChosenFiles, choose_files, list_names
from tokstats_parallel.corpus.saved_dataset import is_saved, open_saved
from tokstats_parallel.errors import CorpusError, advice, reason
from tokstats_parallel.system.links import leads_nowhere
from tokstats_parallel.system.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokstats_parallel.corpus.readers import Reader, RowChunk


@dataclass(frozen=True, slots=True)
class LanguageSource:
    """Source of a language: the files that hold its rows.

    Attributes:
        language: Name of the language.
        path: Path of the file or folder with the language's name.
        data_files: Paths of the files that hold rows, in the order of the rows.
        index_files: Paths of the JSON files that list the data files.
        identity: Digest of the file identities of index and data files, from the time when the source was opened.
        left_out: Text that counts and names what lies with the data and is not read; empty if all is read.
        loses_rows: Whether a file that is not read may have rows of the language that the user misses.
    """

    language: str
    path: Path
    data_files: tuple[Path, ...]
    index_files: tuple[Path, ...]
    identity: str
    left_out: str = field(default="", compare=False)
    loses_rows: bool = field(default=False, compare=False)

    @property
    def notice(self) -> str:
        """Line for the user about what is not read; empty if all is read."""
        return f"{self.path.name}: {self.left_out}" if self.left_out else ""

    def has_changed(self) -> bool:
        """Tells whether a file of the source has changed or is gone since the source was opened."""
        try:
            return _identity(self.path, self.index_files + self.data_files) != self.identity
        except CorpusError:
            return True

    def count_rows(self) -> int:
        """Counts the rows of the source by the metadata of its files, without reading the rows.

        Raises:
            CorpusError: A file cannot be read.
        """
        return sum(reader.count_rows() for reader in self.readers())

    def chunks(self) -> Iterator[RowChunk]:
        """Reads all rows of the source, from the first to the last, in small chunks of unchecked rows.

        Raises:
            CorpusError: A file cannot be read, or has no column of strings named `text`.
        """
        for reader in self.readers():
            yield from reader.chunks()

    def readers(self) -> Iterator[Reader]:
        """Makes a reader for each data file, in the order of the rows."""
        from tokstats_parallel.corpus.readers import ArrowReader, ParquetReader  # noqa: PLC0415 - loads Arrow

        for file in self.data_files:
            kind = ParquetReader if file.name.lower().endswith(PARQUET_ENDS) else ArrowReader
            yield kind(file, _label(self.path, file))


def find_source(train_directory: Path, language: str) -> Path | None:
    """Finds the file or folder that holds the rows of a language; returns None if the language has no data.

    Raises:
        CorpusError: The training folder cannot be read.
    """
    file = train_directory / f"{language}.parquet"
    folder = train_directory / language
    try:
        if leads_nowhere(file):  # to take the folder in its place would pass the lost file over
            return None
        if file.is_dir() and not _has_data(file) and _has_data(folder):
            return folder
        if file.exists():
            return file  # a folder without data, too, so that the user is told of it
        return folder if _has_data(folder) else None
    except OSError as error:
        raise CorpusError(
            f"{train_directory}: cannot look for language {language!r} ({reason(error)}); "
            + advice(error, "make the folder readable, or correct the language's name")
        ) from error


def open_source(language: str, path: Path) -> LanguageSource:
    """Opens the source of a language at the path that `find_source` has found: lists its files, but reads no rows.

    Raises:
        CorpusError: The path is gone, the folder holds no data, or its saved dataset cannot be used.
    """
    try:
        if not path.is_dir():
            return _source(language, path, (path,), left_out=_shadowed(language, path))
        if is_saved(path):
            saved = open_saved(path)
            return _source(language, path, saved.data_files, saved.index_files, left_out=saved.left_out)
        chosen = _chosen(path)
    except OSError as error:
        raise CorpusError(
            f"{path.name}: cannot be read ({reason(error)}); {advice(error, 'make the folder readable')}"
        ) from error
    notice = chosen.notice()
    if not chosen.names:
        raise CorpusError(
            f"{path.name}: a folder without .parquet files{f' ({notice})' if notice else ''}; "
            f"put the data of {language!r} there"
        )
    files = tuple(path / name for name in chosen.names)
    return replace(_source(language, path, files, left_out=notice), loses_rows=chosen.loses_rows)


def _chosen(folder: Path) -> ChosenFiles:
    return choose_files(list_names(folder))


def _has_data(folder: Path) -> bool:
    return folder.is_dir() and (is_saved(folder) or bool(_chosen(folder).names))


def _shadowed(language: str, path: Path) -> str:
    """Returns a text that names other data of the language beside the file `path`, which are not read.

    It is empty if there are none, or if the file is not named as the language.
    """
    if path.name != f"{language}.parquet":
        return ""
    others = []
    with suppress(OSError):  # what is not read need not be readable
        others += [f"{language}/"] if _has_data(path.with_name(language)) else []
        names = (f"{language}.pq", *(f"{path.name}{end}" for end in COMPRESSED_ENDS))
        others += [name for name in names if path.with_name(name).exists()]
    return f"left out: {listed(others)}, because {path.name} comes first" if others else ""


def _source(
    language: str,
    path: Path,
    data_files: tuple[Path, ...],
    index_files: tuple[Path, ...] = (),
    *,
    left_out: str,
) -> LanguageSource:
    return LanguageSource(language, path, data_files, index_files, _identity(path, index_files + data_files), left_out)


def _identity(path: Path, files: tuple[Path, ...]) -> str:
    return digest_identities(_file_identity(path, file) for file in files)


def _file_identity(path: Path, file: Path) -> FileIdentity:
    try:
        return FileIdentity.of(file)
    except (OSError, ValueError) as error:  # a listed name may hold characters that no file's name can have
        raise CorpusError(f"{_label(path, file)}: {reason(error)}; {advice(error, 'put the file back')}") from error


def _label(path: Path, file: Path) -> str:
    """Returns the name of a source's file for messages: its path from the training folder, or its whole path."""
    return str(file.relative_to(path.parent) if file.is_relative_to(path.parent) else file)
