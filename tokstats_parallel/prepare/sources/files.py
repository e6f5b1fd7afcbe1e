"""Sources of Parquet or JSON lines files on this machine."""

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.corpus.folder_files import PARQUET_ENDS, choose_files, list_names
from tokstats_parallel.errors import ConfigError, PrepareError
from tokstats_parallel.prepare.download_retry import say_nothing
from tokstats_parallel.prepare.options import FilesOptions
from tokstats_parallel.prepare.sources.decompress import COMPRESSED_ENDS
from tokstats_parallel.prepare.sources.jsonl import JsonlSource
from tokstats_parallel.prepare.sources.parquet import ParquetSource
from tokstats_parallel.system.links import leads_nowhere
from tokstats_parallel.system.near_names import did_you_mean
from tokstats_parallel.system.regular_file import irregular_kind
from tokstats_parallel.system.wording import listed

PASSED_OVER = "passed-over file"
ENDS = {
    "parquet": PARQUET_ENDS,
    "jsonl": tuple(end + packed for packed in ("", *COMPRESSED_ENDS) for end in (".jsonl", ".ndjson")),
}


@dataclass(frozen=True, slots=True)
class LanguageFiles:
    """Files that hold the rows of a language.

    Attributes:
        paths: Paths of the files, in the order of the rows.
        passed_over: Number of files beside them that are not read.
        notice: Text that counts and names the files which are not read; empty if there are none.
    """

    paths: Sequence[Path]
    passed_over: int = 0
    notice: str = ""


def open_files(
    options: FilesOptions, languages: Sequence[str], *, note: Callable[[str], None] = say_nothing
) -> dict[str, ParquetSource | JsonlSource]:
    """Opens a source for each language; `note` is called with each line for the user.

    Raises:
        ConfigError: The options name one file for several languages.
        PrepareError: A language has no file, or a pipe or a device is in the place of a file.
    """
    _refuse_irregular(options.path)
    if options.path.is_file() and len(languages) > 1:
        raise ConfigError(f"{options.path}: one file serves one language; give a folder with a file for each")
    sources = {}
    for language in languages:
        found = find_files(options, language)
        if found.notice:
            note(f"{language}: {found.notice}")
        sources[language] = _open(options, found, note)
    return sources


def find_files(options: FilesOptions, language: str) -> LanguageFiles:
    """Finds the files of a language: the one file named, or `{lang}.parquet`, or the files in the folder `{lang}`.

    Raises:
        PrepareError: The language has no file.
    """
    path, ends = options.path, ENDS[options.form]
    if path.is_file():
        return LanguageFiles([path])
    if not path.is_dir():
        raise PrepareError(f"{path}: no such file or folder; check --from-{options.form}")
    candidates = [path / f"{language}{end}" for end in ends]
    if link := next(filter(leads_nowhere, candidates), None):
        raise PrepareError(f"{link}: a link that leads nowhere (to {link.readlink()}); mend the link, or remove it")
    named = [file for file in candidates if file.exists()]
    folder = path / language
    places = {place: _files_at(place, ends) for place in [*named, *([folder] if folder.is_dir() else [])]}
    with_data = [place for place, files in places.items() if files.paths]
    if not with_data:
        notices = "; ".join(files.notice for files in places.values() if files.notice)
        lacks = f"has neither {language}{ends[0]} nor a folder {language} of such files"
        hint = did_you_mean(language, _languages_in(path, ends), otherwise="name one of them by the language")
        raise PrepareError(f"{path}: {lacks}{f' ({notices})' if notices else ''}; {hint}")
    found = places[with_data[0]]
    if not with_data[1:]:
        return found
    others = sum(len(places[place].paths) for place in with_data[1:])
    shadowed = f"left out: {listed([place.name for place in with_data[1:]])}; {with_data[0].name} comes first"
    notice = "; ".join(filter(None, [found.notice, shadowed]))
    return LanguageFiles(found.paths, found.passed_over + others, notice)


def _files_at(place: Path, ends: Sequence[str]) -> LanguageFiles:
    """Returns the file `place`, or those files of the folder `place` that hold rows."""
    if not place.is_dir():
        return LanguageFiles([place])
    chosen = choose_files(list_names(place), ends)
    passed_over = sum(map(len, chosen.left_out.values()))
    return LanguageFiles([place / name for name in chosen.names], passed_over, chosen.notice())


def _languages_in(folder: Path, ends: Sequence[str]) -> Iterator[str]:
    """Yields the names of the languages that have a file or a folder in `folder`."""
    for path in folder.iterdir():
        end = next((end for end in ends if path.name.endswith(end)), "")
        if end or path.is_dir():
            yield path.name.removesuffix(end)


def _refuse_irregular(path: Path) -> None:
    kind = irregular_kind(path)
    if kind:
        raise PrepareError(
            f"{path}: is {kind}, not a file; write its content to a file first, to be read again if need be"
        )


def _open(options: FilesOptions, found: LanguageFiles, note: Callable[[str], None]) -> ParquetSource | JsonlSource:
    digest = hashlib.sha256()
    sizes = {}
    for path in found.paths:
        _refuse_irregular(path)
        status = path.stat()
        sizes[str(path)] = status.st_size
        digest.update(os.fsencode(os.path.realpath(path)) + f"\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    version = digest.hexdigest()
    left_out = {PASSED_OVER: found.passed_over} if found.passed_over else {}
    if options.form == "jsonl":
        paths = {str(path): path for path in found.paths}
        return JsonlSource(paths, key=options.column, version=version, left_out=left_out)
    return ParquetSource(
        lambda file: Path(file).open("rb"),
        sizes,
        column=options.column,
        version=version,
        remote=False,
        note=note,
        left_out=left_out,
    )
