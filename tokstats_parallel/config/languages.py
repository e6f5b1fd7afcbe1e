"""Languages of a run, from the `langs` key of a config (SPEC 3).

`langs` is either the path of a file whose name ends in `.txt`, or a list of names. A file has one `name,weight` or one
`name` a line; blank lines and lines that begin with `#` are ignored. A list has names separated by white space.
"""

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.config_paths import find_file, list_candidates
from tokstats_parallel.errors import ConfigError, TokstatsError, machine_failure, not_readable_now
from tokstats_parallel.system.file_names import is_utf8

NO_LANGUAGES = "No code languages found!"
FILE_SUFFIX = ".txt"
MAX_REPORTED_LINES = 20
"""Maximum number of bad lines that a message names, because a file that is no list of languages may have a million."""
_MAX_FILE_NAME_BYTES = 255
_SHOWN_CHARACTERS = 60
_LINES = "one 'name,weight' or one 'name' a line"


@dataclass(frozen=True, slots=True)
class Language:
    """Language of a run: its name, which is also the name of its data, and its weight when a batch draws a language."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class LanguageList:
    """Languages that `langs` names, in the given order.

    Attributes:
        source: File or list of names, for messages.
        names: Names of the languages, each once.
        weights: Weights of the languages, finite and 0 or more; None if `langs` has names only.
    """

    source: str
    names: tuple[str, ...]
    weights: tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class _Entry:
    """Unchecked entry of `langs`: a name and a weight as typed, and `where` they are ("line 3", "word 2")."""

    where: str
    name: str
    weight: str | None


def read_languages(langs: str, *, config_folder: Path) -> LanguageList:
    """Reads the languages that `langs` names.

    Args:
        langs: Value of the config's key `langs`: a path or names.
        config_folder: Folder of the config file.

    Raises:
        ConfigError: The file is missing, unreadable or lists no language, or names or weights are unusable; the message
            has the first bad lines.
    """
    if langs.strip().endswith(FILE_SUFFIX):
        path = find_file(langs, config_folder)
        if path is None:
            raise ConfigError(
                f"langs: no file {langs!r} (looked for {list_candidates(langs, config_folder)}); "
                f"create it with {_LINES}, or give the names separated by spaces"
            )
        return _checked(list(_file_entries(path)), str(path))
    _refuse_other_file(langs, config_folder)
    source = f"langs {langs!r}" if len(langs) <= 100 else "langs"  # noqa: PLR2004 - a length to print
    return _checked([_Entry(f"word {number}", name, None) for number, name in enumerate(langs.split(), 1)], source)


def _refuse_other_file(langs: str, config_folder: Path) -> None:
    """Raises ConfigError if `langs` is one word that looks like the path of a file, but does not end in `.txt`."""
    word = langs.strip()
    if len(word.split()) != 1 or not ("/" in word or "\\" in word or word.lower().endswith((FILE_SUFFIX, ".csv"))):
        return
    path = find_file(word, config_folder)
    if word.startswith(("/dev/fd/", "/proc/")):  # the shell's <(...)
        remedy = "write the lines to such a file instead of <(...)"
    else:
        places = list_candidates(word, config_folder)
        remedy = f"rename {path}" if path else f"name one (looked for {places})"
    raise ConfigError(
        f"langs {langs!r}: a list of languages is a file whose name ends in {FILE_SUFFIX}, as in the training; "
        f"{remedy}, or give the names separated by spaces"
    )


def _file_entries(path: Path) -> Iterator[_Entry]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        if failure := machine_failure(error):
            raise TokstatsError(not_readable_now(str(path), failure)) from error
        raise ConfigError(f"{path}: not readable as UTF-8 text ({error}); langs must name a text file") from error
    for number, line in enumerate(text.split("\n"), 1):
        entry = line.strip()
        if entry and not entry.startswith("#"):
            name, comma, weight = entry.rpartition(",")
            yield _Entry(f"line {number}", name.strip() if comma else entry, weight.strip() if comma else None)


def _checked(entries: list[_Entry], source: str) -> LanguageList:
    if not entries:
        raise ConfigError(f"{source}: {NO_LANGUAGES} It lists none; write {_LINES}")
    problems: list[str] = []
    first_seen: dict[str, str] = {}
    for entry in entries:
        problem = _name_problem(entry) or _weight_problem(entry) or _mixture_problem(entry, entries[0])
        if problem is None and entry.name in first_seen:
            problem = f"language {entry.name!r} was named in {first_seen[entry.name]} already"
        first_seen.setdefault(entry.name, entry.where)
        if problem is not None:
            problems.append(f"{entry.where}: {problem}")
    if problems:
        rest = [f"and {len(problems) - MAX_REPORTED_LINES:,} more"] if len(problems) > MAX_REPORTED_LINES else []
        raise ConfigError(f"{source}: {'; '.join([*problems[:MAX_REPORTED_LINES], *rest])}")
    weights = tuple(_number(entry.weight) for entry in entries if entry.weight is not None)
    return LanguageList(source, tuple(first_seen), weights or None)


def _number(string: str) -> float:
    """Parses a number; returns NaN if the string is no number."""
    try:
        return float(string)
    except ValueError:
        return math.nan


def _weight_problem(entry: _Entry) -> str | None:
    if entry.weight is None:
        return None
    weight = _number(entry.weight)
    if math.isfinite(weight) and weight >= 0:
        return None
    return f"weight {entry.weight!r} of language {entry.name!r} must be a finite number, 0 or more"


def _mixture_problem(entry: _Entry, first: _Entry) -> str | None:
    if (entry.weight is None) == (first.weight is None):
        return None
    mine, other = ("no weight", "one") if entry.weight is None else ("a weight", "none")
    return f"language {entry.name!r} has {mine}, and {first.where} has {other}; give every language one, or none"


def _name_problem(entry: _Entry) -> str | None:
    name = entry.name
    if not name:
        return "the language's name is empty; write 'name,weight'"
    if "," in name:
        return f"{name!r} holds a comma; write 'name,weight' in a file, one language a line"
    words = name.split()
    if len(words) > 1 and entry.weight is None and math.isfinite(_number(words[-1])):
        return f"{name!r} has no comma before the weight; write '{' '.join(words[:-1])},{words[-1]}'"
    return _file_problem(name)


def _file_problem(name: str) -> str | None:
    """Returns why no data file of train_directory can have the name; None if one can."""
    if not is_utf8(name):
        return f"language {name!r} is not UTF-8; give its data a name in UTF-8"
    if len(os.fsencode(f"{name}.parquet")) > _MAX_FILE_NAME_BYTES:
        return f"language '{name[:_SHOWN_CHARACTERS]}...' is too long for the name of a file; use the name of its data"
    if name in {".", ".."} or any(character in name for character in "/\\\0"):
        return f"language {name!r} would lead out of train_directory; use the plain name of its data"
    return None
