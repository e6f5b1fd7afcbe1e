"""Post-processor of a batch's tokenizer: the reference tokenizer's, with the ids that its tokens have in the batch.

A post-processor of the library `tokenizers` adds special tokens to a text by their ids. A special token whose id is
larger than a vocabulary has another id there, and the old one would be that of no piece.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_PAIRS = ("sep", "cls")
"""Members of the post-processors of BERT and RoBERTa; each is a pair [token, id]."""


def tokens_of(processor: Mapping[str, Any]) -> Iterator[str]:
    """Yields the tokens that a post-processor, given by its JSON, can add to a text; some of them twice."""
    for inner in processor.get("processors", ()):
        yield from tokens_of(inner)
    for entry in processor.get("special_tokens", {}).values():
        yield from entry["tokens"]
    yield from (processor[name][0] for name in _PAIRS if name in processor)


def with_ids(processor: Mapping[str, Any], ids: Mapping[str, int]) -> dict[str, Any]:
    """Returns a post-processor, given by its JSON, with new ids.

    Args:
        processor: JSON of the post-processor.
        ids: Token -> id, for all tokens of the post-processor.
    """
    changed = dict(processor)
    if "processors" in processor:
        changed["processors"] = [with_ids(inner, ids) for inner in processor["processors"]]
    if "special_tokens" in processor:
        changed["special_tokens"] = {
            name: {**entry, "ids": [ids[token] for token in entry["tokens"]]}
            for name, entry in processor["special_tokens"].items()
        }
    changed |= {name: [processor[name][0], ids[processor[name][0]]] for name in _PAIRS if name in processor}
    return changed
