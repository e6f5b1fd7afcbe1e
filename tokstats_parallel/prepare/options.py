"""Options of `prepare`, refused if they make no sense; a resumed run must have the options in the manifest."""

import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from tokstats_parallel.errors import ConfigError

MAX_FILE_BYTES = 1_000_000
Split = Literal["valid", "train"]
# Name of a folder beside the training files, which holds the working folder of each language.
WORK_FOLDER = ".prepare"
STARCODERDATA = "bigcode/starcoderdata"
# Name of a data set: NAME, or OWNER/NAME. It must not hold "--" or "..", nor end in ".git".
_REPO_NAME = re.compile(r"(?!.*(--|\.\.|\.git$))(\w([\w.-]*\w)?/)?\w([\w.-]{0,94}\w)?", re.ASCII)
# Beginning of an address such as s3://bucket, of which Path keeps one slash.
_ADDRESS = re.compile(r"[a-z][a-z0-9]+:/", re.IGNORECASE)
_MAX_NAME_BYTES = 200
_ALL_PERCENT = 100
LANGUAGE_FIELD = "{lang}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOptions:
    """Options of a source that is a data set on the hub.

    Attributes:
        repo: `owner/name` of the data set.
        data_dir: Folder of a language's Parquet files in the data set; `{lang}` stands for the language.
        column: Column that holds the text; None takes `content`, or else `text`.
        revision: Branch, tag or commit of the data set; a branch's newest commit is looked up when the run begins.
    """

    repo: str = STARCODERDATA
    data_dir: str = LANGUAGE_FIELD
    column: str | None = None
    revision: str = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesOptions:
    """Options of a source that is Parquet or JSON lines files on this machine.

    Attributes:
        form: Format of the files.
        path: One file, or a folder with `{lang}.parquet` (or `.jsonl`) or with a folder `{lang}` of such files.
        column: Column or key that holds the text; None takes `content`, or else `text`.
    """

    form: Literal["parquet", "jsonl"]
    path: Path
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderOptions:
    """Options of a source that is folders of source files.

    Attributes:
        roots: Folders of source files, read in the given order.
        mapping: Extension or file name -> language; has precedence over the built-in table.
        max_file_bytes: Maximum size of a source file, in bytes; larger files are left out.
    """

    roots: tuple[Path, ...]
    mapping: Mapping[str, str] = field(default_factory=dict)
    max_file_bytes: int = MAX_FILE_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOptions:
    """Options of one call of `prepare`.

    Attributes:
        languages: Names of the languages, which are prepared in the given order.
        source: Options of the source of all rows.
        train_directory: Folder for the training files `{lang}.parquet`.
        valid_directory: Folder for the validation files `{lang}.parquet`; None makes no validation files.
        max_rows: Maximum number of training rows of each language; None takes every row.
        max_bytes: Bytes of training text after which a language takes no further row; None sets no limit.
        valid_percent: Number of validation rows, in percent of `max_rows`, or of the rows that are found if there are
            fewer or no limit is set; they are the first rows of the source.
        strip_markers: Whether repository markers are cut off the beginning of rows.
        restart: Whether the files of earlier calls for these languages are removed first.
    """

    languages: tuple[str, ...]
    source: HubOptions | FilesOptions | FolderOptions
    train_directory: Path
    valid_directory: Path | None = None
    max_rows: int | None = None
    max_bytes: int | None = None
    valid_percent: float = 1.0
    strip_markers: bool = False
    restart: bool = False

    def __post_init__(self) -> None:
        """Raises ConfigError with one line about all senseless values."""
        faults = self._faults()
        if faults:
            raise ConfigError("; ".join(faults))

    def _faults(self) -> list[str]:
        hub = self.source if isinstance(self.source, HubOptions) else HubOptions()
        checks = {
            "--include-langs: name at least one language": not self.languages,
            "--include-langs: a language is named twice": len(set(self.languages)) != len(self.languages),
            "--include-langs: a language's name is part of file names, so it holds no '/'": any(
                "/" in language or language in {"", ".", ".."} for language in self.languages
            ),
            f"--include-langs: a language's name is part of file names, so it has at most {_MAX_NAME_BYTES} bytes": any(
                len(os.fsencode(language)) > _MAX_NAME_BYTES for language in self.languages
            ),
            "--max-train-pages-per-language: must be at least 1": self.max_rows is not None and self.max_rows < 1,
            "--valid-percent: must be from 0 to 100": not 0 <= self.valid_percent <= _ALL_PERCENT,
            "--out-valid-dir: must not be --out-train-dir, the files have the same names": (
                self.valid_directory is not None
                and os.path.realpath(self.valid_directory) == os.path.realpath(self.train_directory)
            ),
            "--valid-percent: must be below 100, so that rows are left for training": (
                self.max_rows is None and self.valid_percent == _ALL_PERCENT and self.valid_directory is not None
            ),
            "--data-dir: without '{lang}' in it, it serves one language only": (
                LANGUAGE_FIELD not in hub.data_dir and len(self.languages) > 1
            ),
            "--max-file-bytes: must be at least 1": (
                isinstance(self.source, FolderOptions) and self.source.max_file_bytes < 1
            ),
            f"--repo: {hub.repo!r} is no name of a data set; give owner/name": not _REPO_NAME.fullmatch(hub.repo),
        }
        return [fault for fault, found in checks.items() if found] + [
            f"{place}: is an address, and files on this machine only are read and written; give the path of a folder"
            for place in map(str, self._places())
            if _ADDRESS.match(place)
        ]

    def _places(self) -> list[Path]:
        """Returns the paths that the options name."""
        folders = [self.train_directory] + ([self.valid_directory] if self.valid_directory else [])
        if isinstance(self.source, FilesOptions):
            return [*folders, self.source.path]
        return folders

    @property
    def valid_rows(self) -> int:
        """Number of validation rows asked for; 0 if none are, or if their number depends on the rows that are found."""
        return 0 if self.max_rows is None else self.validation_share(self.max_rows)

    def validation_share(self, rows: int) -> int:
        """Returns the number of validation rows for a number of rows: the percentage, but at least 1 if any are asked.

        Args:
            rows: Number of training rows asked for, or of all rows that are found.
        """
        if self.valid_directory is None or self.valid_percent == 0:
            return 0
        return max(int(rows * self.valid_percent / _ALL_PERCENT), 1)

    @property
    def asked_rows(self) -> int | None:
        """Number of rows asked for of each language, validation rows included; None if there is no limit."""
        return None if self.max_rows is None else self.max_rows + self.valid_rows

    def final_paths(self, language: str) -> dict[Split, Path]:
        """Returns split -> path of a language's final file for the splits asked for, validation first."""
        name = f"{language}.parquet"
        finals: dict[Split, Path] = {}
        if self.valid_directory is not None and self.valid_percent > 0:
            finals["valid"] = self.valid_directory / name
        finals["train"] = self.train_directory / name
        return finals

    def content_options(self) -> dict[str, object]:
        """Returns the options that decide which rows a language gets, as JSON values for the manifest."""
        source = {name: _plain(value) for name, value in asdict(self.source).items() if value is not None}
        return {
            "source": source,
            "max_rows": self.max_rows,
            "max_bytes": self.max_bytes,
            "valid_rows": self.valid_rows or self._found_percent(),
            "strip_markers": self.strip_markers,
        }

    def _found_percent(self) -> int | str:
        """Returns the percentage of validation rows if it is of the rows that are found; else 0."""
        is_of_found = self.max_rows is None and self.valid_directory is not None and self.valid_percent > 0
        return f"{self.valid_percent:g} %" if is_of_found else 0


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return os.path.realpath(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value
