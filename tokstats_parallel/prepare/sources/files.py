"""Sources of Parquet or JSON lines files on this machine."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from tokstats_parallel.errors import ConfigError, PrepareError
from tokstats_parallel.prepare.download_retry import say_nothing
from tokstats_parallel.prepare.options import FilesOptions
from tokstats_parallel.prepare.sources.jsonl import JsonlSource
from tokstats_parallel.prepare.sources.parquet import ParquetSource

EXTENSIONS = {"parquet": (".parquet",), "jsonl": (".jsonl", ".ndjson")}


def open_files(
    options: FilesOptions, languages: Sequence[str], *, note: Callable[[str], None] = say_nothing
) -> dict[str, ParquetSource | JsonlSource]:
    """Opens a source for each language; `note` is called with each line for the user.

    Raises:
        ConfigError: The options name one file for several languages.
        PrepareError: A language has no file.
    """
    if options.path.is_file() and len(languages) > 1:
        raise ConfigError(f"{options.path}: one file serves one language; give a folder with a file for each")
    return {language: _open(options, find_files(options, language), note) for language in languages}


def find_files(options: FilesOptions, language: str) -> list[Path]:
    """Finds the files of a language: the one file named, or `{lang}.parquet`, or all files in the folder `{lang}`.

    Raises:
        PrepareError: The language has no file.
    """
    if options.path.is_file():
        return [options.path]
    if not options.path.exists():
        raise PrepareError(f"{options.path}: no such file or folder; check --from-{options.form}")
    ends = EXTENSIONS[options.form]
    single = [path for end in ends if (path := options.path / f"{language}{end}").is_file()]
    if single:
        return single[:1]
    inside = sorted((options.path / language).rglob("*"))
    several = [path for path in inside if path.suffix in ends and path.is_file()]
    if several:
        return several
    raise PrepareError(
        f"{options.path}: has neither {language}{ends[0]} nor a folder {language} of such files; check it"
    )


def _open(options: FilesOptions, paths: Sequence[Path], note: Callable[[str], None]) -> ParquetSource | JsonlSource:
    digest = hashlib.sha256()
    sizes = {}
    for path in paths:
        status = path.stat()
        sizes[str(path)] = status.st_size
        digest.update(os.fsencode(path.resolve()) + f"\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    version = digest.hexdigest()
    if options.form == "jsonl":
        return JsonlSource({str(path): path for path in paths}, key=options.column, version=version)
    return ParquetSource(
        lambda file: Path(file).open("rb"), sizes, column=options.column, version=version, remote=False, note=note
    )
