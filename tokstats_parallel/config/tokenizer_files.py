"""Tokenizer files: finds the flaw of a folder from which no tokenizer can be loaded.

The libraries' errors name their last attempt to load something, and not the file that is missing or broken.
"""

import importlib.util
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from tokstats_parallel.errors import reason
from tokstats_parallel.system.file_kinds import head_of, kind_of

TOKENIZER_CONFIG = "tokenizer_config.json"
SUFFIXES = {".json", ".jinja", ".model", ".tiktoken", ".txt"}
"""Suffixes of the files that a tokenizer's folder may have."""

_TOKENIZER = "tokenizer.json"
_TOKENIZER_KEYS = ("model", "added_tokens")
_OBJECTS = (_TOKENIZER, TOKENIZER_CONFIG, "special_tokens_map.json", "added_tokens.json", "vocab.json", "config.json")
_VOCABULARIES = {"vocab.json", "vocab.txt", "merges.txt", "tekken.json"}
_VOCABULARY_SUFFIXES = {".model", ".tiktoken"}
_SENTENCEPIECE_HEAD = b"\n"  # the field of the first piece
_SENTENCEPIECE_MODULES = {"sentencepiece": "sentencepiece", "protobuf": "google.protobuf"}
_MOST_LISTED = 3


def flaw(folder: Path) -> str | None:
    """Returns the first flaw that is found in a folder of a tokenizer, in words for a message; None if none is found.

    The subject of the words is a file by its name, or "it" for the folder.
    """
    try:
        files = {path.name: path for path in sorted(folder.iterdir())}
    except OSError as error:
        return f"it cannot be read ({reason(error)})"
    for name in filter(_is_read, files):
        if file_flaw := _file_flaw(files[name]):
            return f"{name} {file_flaw}"
    return None if _TOKENIZER in files else _without_tokenizer(folder, files)


def _is_read(name: str) -> bool:
    return name in _OBJECTS or _is_vocabulary(name)


def _is_vocabulary(name: str) -> bool:
    return name in _VOCABULARIES or Path(name).suffix in _VOCABULARY_SUFFIXES


def _file_flaw(path: Path) -> str | None:
    if path.is_dir():
        return "is a folder"
    try:
        head = head_of(path)
        if kind := kind_of(head):
            return f"is {kind.name}: {kind.remedy}"
        broken = _json_flaw(path) if head and path.name in _OBJECTS else None
    except OSError as error:
        return f"cannot be read ({reason(error)})"
    broken = broken if head else "is empty"
    return f"{broken}: copy it again" if broken else None


def _json_flaw(path: Path) -> str | None:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        return f"is not JSON ({reason(error)})"
    if not isinstance(content, dict):
        return "is not a JSON object"
    missing = [key for key in _TOKENIZER_KEYS if path.name == _TOKENIZER and key not in content]
    return f"is not that of a tokenizer (it has no {missing[0]!r})" if missing else None


def _without_tokenizer(folder: Path, files: Mapping[str, Path]) -> str | None:
    """Returns the flaw of a folder without `tokenizer.json`."""
    if not files:
        return "it is empty"
    vocabularies = [name for name in files if _is_vocabulary(name)]
    if not vocabularies:
        if inner := next(_inner_folders(folder), None):
            return f"the tokenizer is not in it, but in its folder {inner}: name that one"
        return f"it has neither {_TOKENIZER} nor another vocabulary, only {_listed(files)}"
    missing = [package for package, module in _SENTENCEPIECE_MODULES.items() if not _is_installed(module)]
    for name in vocabularies:
        if missing and Path(name).suffix == ".model" and head_of(files[name]).startswith(_SENTENCEPIECE_HEAD):
            return f"{name} is a SentencePiece model, which takes `pip install {' '.join(missing)}` to read"
    if not files.keys() & {TOKENIZER_CONFIG, "config.json"}:
        return f"it has {_listed(vocabularies)} and no {TOKENIZER_CONFIG}, which names the kind of tokenizer"
    return None


def _inner_folders(folder: Path) -> Iterator[Path]:
    """Yields the folders with a tokenizer below a folder, such as a snapshot of the hub's cache, as relative paths."""
    for pattern in ("*", "snapshots/*"):
        for name in (_TOKENIZER, "tokenizer.model", TOKENIZER_CONFIG):
            yield from (path.parent.relative_to(folder) for path in sorted(folder.glob(f"{pattern}/{name}")))


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the package around it is not installed
        return False


def _listed(names: Iterable[str]) -> str:
    """Lists names for a message, the first few of many."""
    all_names = list(names)
    shown = all_names if len(all_names) <= _MOST_LISTED + 1 else all_names[:_MOST_LISTED]
    more = len(all_names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
