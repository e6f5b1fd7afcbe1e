"""Missing data: the message about languages without data, which says what lies there instead and what to do.

In: training folder and languages. Out: one line. A command in it can be pasted into a shell.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from tokstats_parallel.corpus.folder_files import choose_files, list_names
from tokstats_parallel.corpus.language_files import find_source
from tokstats_parallel.corpus.languages_table import CODE_LANGUAGES
from tokstats_parallel.corpus.saved_dataset import DICT_FILE, STATE_FILE
from tokstats_parallel.errors import CorpusError
from tokstats_parallel.system.links import leads_nowhere
from tokstats_parallel.system.near_names import near_names

_NEAR = 0.8  # similarity from which on a name counts as misspelled; `ru` is no `rust`
_FORMS = {".pq": "parquet", ".parq": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl"}


def no_data(train_directory: Path, languages: Sequence[str]) -> str:
    """Writes the message of a CorpusError about languages that have no data in the training folder."""
    parts: list[str] = []
    unexplained: list[str] = []
    for language in languages:
        hint = hint_at(train_directory, language)
        if hint:
            parts.append(hint)
        else:
            unexplained.append(language)
    if unexplained:
        files = ", ".join(str(train_directory / f"{language}.parquet") for language in unexplained)
        parts.append(f"{files}: no such data; {' and '.join(_commands(train_directory, unexplained))}")
    return "; ".join(parts)


def hint_at(train_directory: Path, language: str) -> str:
    """Returns what lies in the training folder in the place of a language's data, with a remedy; empty if nothing does.

    That is a link, a folder or a file of the language's name that cannot be read, or data under a similar name.
    """
    with suppress(OSError, CorpusError):  # a hint is no place for a second fault
        folder = train_directory / language
        if link := next(filter(leads_nowhere, (train_directory / f"{language}.parquet", folder)), None):
            return f"{link}: a link that leads nowhere (to {link.readlink()}); mend the link, or put the data there"
        if folder.is_dir():
            return _folder_hint(folder)
        names = sorted(entry.name for entry in train_directory.iterdir())
        return _file_hint(train_directory, language, names) or _near_hint(train_directory, language, names)
    return ""


def _commands(train_directory: Path, languages: Sequence[str]) -> Iterator[str]:
    """Yields the remedy for code, which a data set of code has, and the remedy for other languages."""
    code = [language for language in languages if language in CODE_LANGUAGES]
    others = [language for language in languages if language not in CODE_LANGUAGES]
    if code:
        of_these = " ".join(code) if others else "it"
        yield f"make {of_these} with `{_prepare(code, train_directory)}`"
    if others:
        of_these = " ".join(others) if code else "it"
        command = _prepare(others, train_directory, "--from-parquet", "FOLDER")
        yield f"make {of_these} of Parquet files of your own with `{command}`"


def _prepare(languages: Sequence[str], train_directory: Path, *source: str) -> str:
    return shlex.join(
        ["tokstats", "prepare", "--include-langs", *languages, *source, "--out-train-dir", str(train_directory)]
    )


def _folder_hint(folder: Path) -> str:
    names = list(list_names(folder))
    arrow = [name for name in names if name.endswith(".arrow")]
    if arrow and (folder / "train" / STATE_FILE).is_file():
        return (
            f"{folder}: has saved splits, but no {DICT_FILE}; save the DatasetDict again, or move train/ in its place"
        )
    if arrow:
        return (
            f"{folder}: has {arrow[0]}, but no {STATE_FILE}, which lists the files of a saved dataset; "
            "save the dataset again with save_to_disk, or copy that file, too"
        )
    notice = choose_files(names).notice()
    what = f"no Parquet file to read ({notice})" if notice else "a folder without data"
    return f"{folder}: {what}; put Parquet files with a column 'text' there"


def _file_hint(train_directory: Path, language: str, names: Sequence[str]) -> str:
    """Returns what to do with a file that has the language's name and another ending than `.parquet`."""
    shards = re.compile(rf"{re.escape(language)}[-_.]\d+(-of-\d+)?\.(parquet|pq)")
    for name in names:
        if shards.fullmatch(name):
            return (
                f"{train_directory / name}: is not read; move the shards of {language} to {train_directory / language}/"
            )
        stem, end = name[: len(language)], name[len(language) :]
        path = train_directory / name
        if stem != language or not end.startswith(".") or not path.is_file():
            continue
        if end.startswith(".parquet"):
            return f"{path}: is not read; unpack or rename it to {language}.parquet"
        if form := _FORMS.get(end):
            command = _prepare([language], train_directory, f"--from-{form}", str(path))
            return f"{path}: is not read; make {language}.parquet of it with `{command}`"
    return ""


def _near_hint(train_directory: Path, language: str, names: Sequence[str]) -> str:
    stems = {name.removesuffix(".parquet") for name in names if not name.startswith(".")}
    for other in near_names(language, stems, similarity=_NEAR):
        if find_source(train_directory, other) is not None:
            return f"{train_directory / f'{language}.parquet'}: no such data; did you mean {other!r}, which lies there?"
    return ""
