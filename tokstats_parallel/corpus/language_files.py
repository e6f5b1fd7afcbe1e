"""Language sources: the files that hold the rows of a language, in the order of the rows.

The source of a language is a file or folder of the training folder with the language's name:

- `{lang}.parquet`, one file;
- `{lang}.parquet/` or `{lang}/`, a folder of Parquet files, which are read sorted by name;
- `{lang}/`, a folder that `datasets.save_to_disk` has written. It holds a `Dataset`, whose `state.json` lists the
  files in the order of the rows, or a `DatasetDict`, whose split `train` is read. The library `datasets` is not needed.

If there are both, `{lang}.parquet` is read.

This module finds a source and lists its files without Arrow, so that a run whose corpora are in the cache need not load
Arrow, which takes 0.2 s.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tokstats_parallel.corpus.file_identity import FileIdentity, digest_identities
from tokstats_parallel.errors import CorpusError, reason
from tokstats_parallel.system.regular_file import require_regular_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tokstats_parallel.corpus.readers import Reader, RowChunk

_DICT_FILE = "dataset_dict.json"
_STATE_FILE = "state.json"
_SPLIT = "train"


@dataclass(frozen=True, slots=True)
class LanguageSource:
    """Source of a language: the files that hold its rows.

    Attributes:
        language: Name of the language.
        path: Path of the file or folder with the language's name.
        data_files: Paths of the files that hold rows, in the order of the rows.
        index_files: Paths of the JSON files that list the data files.
        identity: Digest of the file identities of index and data files, from the time when the source was opened.
    """

    language: str
    path: Path
    data_files: tuple[Path, ...]
    index_files: tuple[Path, ...]
    identity: str

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
            kind = ParquetReader if file.suffix == ".parquet" else ArrowReader
            yield kind(file, _label(self.path, file))


def find_source(train_directory: Path, language: str) -> Path | None:
    """Finds the file or folder that holds the rows of a language; returns None if the language has no data.

    Raises:
        CorpusError: The training folder cannot be read.
    """
    file = train_directory / f"{language}.parquet"
    folder = train_directory / language
    try:
        if file.exists():
            return file
        is_saved = any((folder / name).is_file() for name in (_DICT_FILE, _STATE_FILE))
        return folder if is_saved or _parquet_files(folder) else None
    except OSError as error:
        raise CorpusError(
            f"{train_directory}: cannot look for language {language!r} ({reason(error)}); "
            "make the folder readable, or correct the language's name"
        ) from error


def no_data(train_directory: Path, languages: Sequence[str]) -> str:
    """Writes the message of a CorpusError about languages that have no data in the training folder."""
    files = ", ".join(str(train_directory / f"{language}.parquet") for language in languages)
    return (
        f"{files}: no such data; make it with "
        f"`tokstats prepare --include-langs {' '.join(languages)} --out-train-dir {train_directory}`"
    )


def open_source(language: str, path: Path) -> LanguageSource:
    """Opens the source of a language at the path that `find_source` has found: lists its files, but reads no rows.

    Raises:
        CorpusError: The path is gone, the folder holds no data, or its saved dataset cannot be used.
    """
    if not path.is_dir():
        return _source(language, path, (path,))
    if (path / _DICT_FILE).is_file():
        return _saved_split(language, path)
    if (path / _STATE_FILE).is_file():
        return _saved_dataset(language, path, path)
    files = _parquet_files(path)
    if not files:
        raise CorpusError(f"{path.name}: a folder without .parquet files; put the data of {language!r} there")
    return _source(language, path, files)


def _source(
    language: str, path: Path, data_files: tuple[Path, ...], index_files: tuple[Path, ...] = ()
) -> LanguageSource:
    return LanguageSource(language, path, data_files, index_files, _identity(path, index_files + data_files))


def _identity(path: Path, files: tuple[Path, ...]) -> str:
    return digest_identities(_file_identity(path, file) for file in files)


def _file_identity(path: Path, file: Path) -> FileIdentity:
    try:
        return FileIdentity.of(file)
    except OSError as error:
        raise CorpusError(f"{_label(path, file)}: {reason(error)}; put the file back") from error


def _label(path: Path, file: Path) -> str:
    """Returns the name of a source's file for messages: its path from the training folder."""
    return str(file.relative_to(path.parent))


def _parquet_files(folder: Path) -> tuple[Path, ...]:
    """Lists the Parquet files of a folder, sorted by name, without names that begin with `.` or `_`.

    By convention, these belong to other programs.
    """
    return tuple(sorted(file for file in folder.glob("*.parquet") if file.name[0] not in "._"))


def _saved_split(language: str, path: Path) -> LanguageSource:
    listing = path / _DICT_FILE
    splits = _read_json(listing, path).get("splits")
    if not isinstance(splits, list) or _SPLIT not in splits:
        found = ", ".join(map(str, splits)) if isinstance(splits, list) else "none"
        raise CorpusError(
            f"{path.name}/{_DICT_FILE}: no split {_SPLIT!r} (found: {found}); save the rows under that name"
        )
    return _saved_dataset(language, path, path / _SPLIT, listing)


def _saved_dataset(language: str, path: Path, folder: Path, *listings: Path) -> LanguageSource:
    state_file = folder / _STATE_FILE
    state = _read_json(state_file, path)
    label = _label(path, state_file)
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise CorpusError(
            f"{label}: the rows are chosen by an indices file, which is not read; "
            "save the dataset again after flatten_indices()"
        )
    try:
        files = tuple(folder / shard["filename"] for shard in state["_data_files"])
    except (KeyError, TypeError) as error:
        raise CorpusError(f"{label}: does not list its _data_files; save the dataset again") from error
    return _source(language, path, files, (*listings, state_file))


def _read_json(file: Path, path: Path) -> dict[str, Any]:
    label = _label(path, file)
    try:
        require_regular_file(file)
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{label}: cannot be read ({reason(error)}); save the dataset again") from error
    if not isinstance(content, dict):
        raise CorpusError(f"{label}: is not a JSON object; save the dataset again")
    return content
