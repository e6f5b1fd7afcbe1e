"""Which files hold the rows of a language, and in which order.

A language's source is what its name leads to in the training folder:

- `{lang}.parquet`, one file;
- `{lang}.parquet/` or `{lang}/`, a folder of Parquet files, taken in the order of their names;
- `{lang}/`, a folder as `datasets.save_to_disk` writes it: a `Dataset`, whose `state.json` lists its shards
  in order, or a `DatasetDict`, of which the split `train` is taken. `datasets` itself is not needed to read
  one.

`{lang}.parquet` comes first where there are both.

To find a source and to list its files takes no Arrow, which takes 0.2 s to load: a run whose corpora are converted
does without it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tokstats_parallel.errors import CorpusError, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tokstats_parallel.corpus.readers import Batch, Reader

_DICT_FILE = "dataset_dict.json"
_STATE_FILE = "state.json"
_SPLIT = "train"


@dataclass(frozen=True, slots=True)
class Source:
    """The files of one language.

    Attributes:
        language: its name.
        path: the file or folder that the language's name leads to.
        data_files: the files that hold rows, in the order of the rows.
        index_files: the files that say which those are.
        identity: a digest of where all these files are, how large, and when last changed, at the opening.
    """

    language: str
    path: Path
    data_files: tuple[Path, ...]
    index_files: tuple[Path, ...]
    identity: str

    def has_changed(self) -> bool:
        """Whether any file has changed or gone since the source was opened."""
        try:
            return _identity(self.path, self.index_files + self.data_files) != self.identity
        except CorpusError:
            return True

    def count_rows(self) -> int:
        """The number of rows, without reading them.

        Raises:
            CorpusError: a file cannot be read.
        """
        return sum(reader.count_rows() for reader in self.readers())

    def batches(self) -> Iterator[Batch]:
        """The rows in order, a little at a time; not checked yet.

        Raises:
            CorpusError: a file cannot be read, or has no column of strings named `text`.
        """
        for reader in self.readers():
            yield from reader.batches()

    def readers(self) -> Iterator[Reader]:
        """A reader for each file, in the order of the rows; it knows its path and its label."""
        from tokstats_parallel.corpus.readers import ArrowReader, ParquetReader  # noqa: PLC0415 - see the module

        for file in self.data_files:
            kind = ParquetReader if file.suffix == ".parquet" else ArrowReader
            yield kind(file, _label(self.path, file))


def find_source(train_directory: Path, language: str) -> Path | None:
    """The file or folder that holds the rows of `language` (see the module), or None where there is none.

    Raises:
        CorpusError: the folder cannot be looked into.
    """
    file = train_directory / f"{language}.parquet"
    folder = train_directory / language
    try:
        if file.exists():
            return file
        marked = any((folder / mark).is_file() for mark in (_DICT_FILE, _STATE_FILE))
        return folder if marked or _parquet_files(folder) else None
    except OSError as error:
        raise CorpusError(
            f"{train_directory}: cannot look for language {language!r} ({reason(error)}); "
            "make the folder readable, or correct the language's name"
        ) from error


def no_data(train_directory: Path, languages: Sequence[str]) -> str:
    """The message of a CorpusError about languages of which `find_source` finds nothing."""
    files = ", ".join(str(train_directory / f"{language}.parquet") for language in languages)
    return (
        f"{files}: no such data; make it with "
        f"`tokstats prepare --include-langs {' '.join(languages)} --out-train-dir {train_directory}`"
    )


def open_source(language: str, path: Path) -> Source:
    """What `find_source` found, with the list of its files. The files' contents are not looked at.

    Raises:
        CorpusError: the path is gone, a folder holds no data, or the saved dataset in it cannot be used.
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


def _source(language: str, path: Path, data_files: tuple[Path, ...], index_files: tuple[Path, ...] = ()) -> Source:
    return Source(language, path, data_files, index_files, _identity(path, index_files + data_files))


def _identity(path: Path, files: tuple[Path, ...]) -> str:
    return hashlib.sha256(json.dumps([_stamp(path, file) for file in files]).encode()).hexdigest()


def _stamp(path: Path, file: Path) -> tuple[str, int, int, int]:
    try:
        status = file.stat()
        resolved = str(file.resolve())
    except OSError as error:
        raise CorpusError(f"{_label(path, file)}: {reason(error)}; put the file back") from error
    # The time of change of the inode, too: tools that copy a file over another often set the other two back.
    return resolved, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _label(path: Path, file: Path) -> str:
    """How messages name a file: from the training folder on."""
    return str(file.relative_to(path.parent))


def _parquet_files(folder: Path) -> tuple[Path, ...]:
    """The data files of a folder; names that begin with `.` or `_` are other programs' notes, by custom."""
    return tuple(sorted(file for file in folder.glob("*.parquet") if file.name[0] not in "._"))


def _saved_split(language: str, path: Path) -> Source:
    listing = path / _DICT_FILE
    splits = _read_json(listing, path).get("splits")
    if not isinstance(splits, list) or _SPLIT not in splits:
        found = ", ".join(map(str, splits)) if isinstance(splits, list) else "none"
        raise CorpusError(
            f"{path.name}/{_DICT_FILE}: no split {_SPLIT!r} (found: {found}); save the rows under that name"
        )
    return _saved_dataset(language, path, path / _SPLIT, listing)


def _saved_dataset(language: str, path: Path, folder: Path, *listings: Path) -> Source:
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
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{label}: cannot be read ({reason(error)}); save the dataset again") from error
    if not isinstance(content, dict):
        raise CorpusError(f"{label}: is not a JSON object; save the dataset again")
    return content
