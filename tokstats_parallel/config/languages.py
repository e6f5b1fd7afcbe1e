"""Languages of a run and their weights, from the `langs` key of a config (SPEC 3).

A batch draws its language at random in proportion to the weights. `langs` is either the path of a file or a list of
names. A file has one `name,weight` or `name` (weight 1) a line; blank lines and lines that begin with `#` are ignored.
A list has names of languages separated by white space, each with weight 1.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tokstats_parallel.config.config_paths import find_file, list_candidates
from tokstats_parallel.errors import ConfigError

NO_LANGUAGES = "No code languages found!"
FILE_SUFFIXES = (".txt", ".csv")
MAX_REPORTED_LINES = 20
"""Maximum number of bad lines that a message names, because a file that is no list of languages may have a million."""


@dataclass(frozen=True, slots=True)
class Language:
    """Language of a run: its name, which is also the name of its data, and its weight when a batch draws a language."""

    name: str
    weight: float


@dataclass(frozen=True, slots=True)
class _Entry:
    """Unchecked entry of `langs`: a name and a weight as typed, and `where` they are ("line 3", "word 2")."""

    where: str
    name: str
    weight: str


def load_languages(langs: str, *, config_folder: Path, notify: Callable[[str], None]) -> tuple[Language, ...]:
    """Reads the languages that `langs` names, in the given order, without languages of weight 0.

    Args:
        langs: Value of the config's key `langs`: a path or names.
        config_folder: Folder of the config file.
        notify: Called with one line that names the languages of weight 0, if there are any.

    Raises:
        ConfigError: The file is missing, unreadable or lists no language, or names or weights are unusable; the message
            has the first bad lines.
    """
    path = find_file(langs, config_folder)
    if path is not None:
        source, entries = str(path), _file_entries(path)
    elif _looks_like_a_path(langs):
        raise ConfigError(
            f"langs: no file {langs!r} (looked for {list_candidates(langs, config_folder)}); "
            "create it with one 'name,weight' line for each language, or give the names separated by spaces"
        )
    else:
        source = f"langs {langs!r}" if len(langs) <= 100 else "langs"  # noqa: PLR2004 - a length to print
        entries = (_Entry(f"word {number}", name, "1") for number, name in enumerate(langs.split(), 1))
    return _with_weight(_checked(entries, source), source, notify)


def _looks_like_a_path(langs: str) -> bool:
    one_word = len(langs.split()) == 1
    return langs.strip().endswith(FILE_SUFFIXES) or (one_word and ("/" in langs or "\\" in langs))


def _file_entries(path: Path) -> Iterator[_Entry]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not readable as UTF-8 text ({error}); langs must name a text file") from error
    for number, line in enumerate(text.split("\n"), 1):
        entry = line.strip()
        if entry and not entry.startswith("#"):
            name, comma, weight = entry.rpartition(",")
            yield _Entry(f"line {number}", name.strip() if comma else entry, weight.strip() if comma else "1")


def _checked(entries: Iterable[_Entry], source: str) -> list[Language]:
    languages: list[Language] = []
    problems: list[str] = []
    first_seen: dict[str, str] = {}
    for entry in entries:
        weight = _weight(entry.weight)
        problem = _name_problem(entry.name) or _weight_problem(entry, weight)
        if problem is None and entry.name in first_seen:
            problem = f"language {entry.name!r} was named in {first_seen[entry.name]} already"
        first_seen.setdefault(entry.name, entry.where)
        languages.append(Language(entry.name, weight))
        if problem is not None:
            problems.append(f"{entry.where}: {problem}")
    if problems:
        rest = [f"and {len(problems) - MAX_REPORTED_LINES:,} more"] if len(problems) > MAX_REPORTED_LINES else []
        raise ConfigError(f"{source}: {'; '.join([*problems[:MAX_REPORTED_LINES], *rest])}")
    return languages


def _weight(string: str) -> float:
    """Parses a language's weight; returns NaN if the string is no number."""
    try:
        return float(string)
    except ValueError:
        return math.nan


def _weight_problem(entry: _Entry, weight: float) -> str | None:
    if math.isfinite(weight) and weight >= 0:
        return None
    return f"weight {entry.weight!r} of language {entry.name!r} must be a finite number, 0 or more"


def _name_problem(name: str) -> str | None:
    if not name:
        return "the language's name is empty; write 'name,weight'"
    if "," in name:
        return f"{name!r} holds a comma; write 'name,weight' in a file, one language a line"
    if name in {".", ".."} or any(character in name for character in "/\\\0"):
        return f"language {name!r} would lead out of train_directory; use the plain name of its data"
    return None


def _with_weight(languages: list[Language], source: str, notify: Callable[[str], None]) -> tuple[Language, ...]:
    if not languages:
        raise ConfigError(f"{source}: {NO_LANGUAGES} It lists none; write one 'name,weight' line for each language")
    total = sum(language.weight for language in languages)
    if math.isinf(total):
        raise ConfigError(f"{source}: the weights' sum is too large for a number; use smaller weights")
    if total == 0:
        raise ConfigError(f"{source}: all weights are 0, so no batch has a language; raise at least one of them")
    unused = [language.name for language in languages if language.weight == 0]
    if unused:
        notify(f"{source}: weight 0 keeps {', '.join(unused)} out of the draw")
    return tuple(language for language in languages if language.weight > 0)
