"""Given tokenizers: finds the pieces of a tokenizer by the name that a user gives, and names what is wrong with it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tokstats_parallel.answers.pieces.base64_tokens import is_tiktoken, tiktoken_pieces
from tokstats_parallel.answers.pieces.json_files import json_pieces
from tokstats_parallel.answers.pieces.readings import TokenizerPieces
from tokstats_parallel.answers.pieces.sentencepiece import sentencepiece_pieces
from tokstats_parallel.answers.pieces.special_names import named_tokens
from tokstats_parallel.config.tokenizer import load_tokenizer
from tokstats_parallel.errors import ConfigError, TokstatsError, machine_failure, not_readable_now, reason
from tokstats_parallel.system.file_kinds import HEAD_BYTES, kind_of
from tokstats_parallel.system.regular_file import require_regular_file

_HUB_NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)
_FILES = ("tokenizer.json", "tekken.json", "tokenizer.model")
"""Names of the files of a folder that have all pieces, the preferred one first."""
_REMEDY = "name a folder or a file that has its pieces, or set HF_HOME to a cache that has it"
_FORMATS = "a tokenizer.json, a SentencePiece model, a tiktoken file, a tekken.json or a vocab.json"
_SENTENCEPIECE_HEAD = b"\n"  # the field of the first piece


def find_pieces(name: str) -> TokenizerPieces:
    """Returns the pieces of a tokenizer.

    Args:
        name: File or folder of the tokenizer, or else its name on the hub.

    Raises:
        ConfigError: There is no such tokenizer, or it cannot be read.
        TokstatsError: The machine fails to read it now.
    """
    path = Path(name)
    try:
        if name and path.is_dir():
            file = next(_files_with_pieces(path), None)
            return _of_library(name) if file is None else _of_file(name, file).without(named_tokens(path))
        if name and path.exists():
            return _of_file(name, path)
    except OSError as error:
        if failure := machine_failure(error):
            raise TokstatsError(not_readable_now(f"tokenizer {name!r}", failure)) from error
        raise ConfigError(f"tokenizer {name!r}: cannot be read ({reason(error)}); {_REMEDY}") from error
    if not _HUB_NAME.fullmatch(name) or path.suffix in {".json", ".model", ".tiktoken"}:
        raise ConfigError(
            f"tokenizer {name!r}: there is no such file or folder, and the hub has no such names; {_REMEDY}"
        )
    return _of_library(name)


def _files_with_pieces(folder: Path) -> Iterator[Path]:
    yield from (path for path in (folder / file for file in _FILES) if path.is_file())
    yield from sorted(folder.glob("*.tiktoken"))


def _of_file(name: str, path: Path) -> TokenizerPieces:
    """Returns the pieces of a file, whose format its first bytes tell.

    Raises:
        ConfigError: The file has no known format, or is damaged.
        OSError: The file cannot be read.
    """
    require_regular_file(path)
    content = path.read_bytes()
    head = content[:HEAD_BYTES]
    try:
        if head.lstrip()[:1] in (b"{", b"["):
            return json_pieces(name, json.loads(content))
        if head.startswith(_SENTENCEPIECE_HEAD):
            return sentencepiece_pieces(name, content)
        if is_tiktoken(head):
            return tiktoken_pieces(name, content)
    except (ValueError, RecursionError) as error:
        raise ConfigError(
            f"tokenizer {str(path)!r}: cannot be read: {reason(error)}; copy it again, or {_REMEDY}"
        ) from error
    if kind := kind_of(head):
        raise ConfigError(f"tokenizer {str(path)!r}: is {kind.name}; {kind.remedy}")
    what = "is empty" if not content else f"is neither {_FORMATS}"
    raise ConfigError(f"tokenizer {str(path)!r}: {what}; {_REMEDY}")


def _of_library(name: str) -> TokenizerPieces:
    """Returns the pieces of a tokenizer that `transformers` loads, from the hub, its cache, or a folder."""

    def read(tokenizer: Any) -> TokenizerPieces:  # noqa: ANN401 - transformers has no types
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ConfigError(f"tokenizer {name!r}: has no tokenizer.json, and transformers makes none; {_REMEDY}")
        return json_pieces(name, json.loads(backend.to_str()))

    return load_tokenizer(name, None, Path.cwd(), read, what="tokenizer", remedy=_REMEDY)
