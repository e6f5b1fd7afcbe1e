"""Special tokens by name: lists the added and special tokens that the smaller files of a tokenizer's folder name.

A `tokenizer.json` need not have them: `transformers` adds those that it finds in these files.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from tokstats_parallel.config.tokenizer_files import TOKENIZER_CONFIG

_LISTS = ("additional_special_tokens", "extra_special_tokens")


def named_tokens(folder: Path) -> set[str]:
    """Returns the added and special tokens that the files beside the vocabulary name; none for a file without JSON."""
    config = _object(folder / TOKENIZER_CONFIG)
    found = {*_named(config), *_named(_object(folder / "special_tokens_map.json"))}
    added = config.get("added_tokens_decoder")
    found |= set(filter(None, map(_content, added.values()))) if isinstance(added, dict) else set()
    return found | _object(folder / "added_tokens.json").keys()


def _named(names: dict[str, Any]) -> Iterator[str]:
    for name, value in names.items():
        if name.endswith("_token") and (token := _content(value)):
            yield token
        elif name in _LISTS:
            tokens = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            yield from filter(None, map(_content, tokens))


def _content(token: object) -> str | None:
    """Returns a token that is written as a string, or as an object with its content; None if it is neither."""
    content = token.get("content") if isinstance(token, dict) else token
    return content if isinstance(content, str) else None


def _object(path: Path) -> dict[str, Any]:
    with suppress(OSError, ValueError, RecursionError):
        content = json.loads(path.read_bytes()) if path.is_file() else None
        if isinstance(content, dict):
            return content
    return {}
