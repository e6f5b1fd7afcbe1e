"""Small reference tokenizers in folders, with special tokens at any ids."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, models, processors


def write_reference(
    folder: Path,
    size: int,
    special_tokens: Mapping[str, int],
    names: Mapping[str, str],
    post_processor: Any = None,
) -> Path:
    """Writes a tokenizer of `size` words, some of which are special tokens; returns the folder.

    Args:
        folder: New folder.
        size: Number of pieces.
        special_tokens: Special token -> id.
        names: Name, such as `eos` -> special token; those without a name are extra ones.
        post_processor: Post-processor of the library `tokenizers`.
    """
    words = {number: token for token, number in special_tokens.items()}
    vocabulary = {words.get(number, f"word{number}"): number for number in range(size)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="word0"))  # noqa: S106 - no secret
    if post_processor is not None:
        tokenizer.post_processor = post_processor
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    extra = [token for token in special_tokens if token not in names.values()]
    config = {f"{name}_token": token for name, token in names.items()} | {"extra_special_tokens": extra}
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", **config}), "utf-8"
    )
    return folder


def template(begin: tuple[str, int], end: tuple[str, int]) -> Any:
    """Returns a post-processor that puts a token before a text and one behind it."""
    return processors.TemplateProcessing(single=f"{begin[0]} $A {end[0]}", special_tokens=[begin, end])
