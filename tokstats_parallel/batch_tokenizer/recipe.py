"""Recipe: what the tokenizers of all batches of a job have in common, most of it from the reference tokenizer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tokstats_parallel.batch_tokenizer.post_processor import tokens_of
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.tokenizer import Finish

_SAME_IF_NONE = {"pad": "eos"}
"""Name of a special token -> name whose token it gets if it has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Parts of a batch's tokenizer that do not depend on the batch (SPEC 2, "A batch's tokenizer").

    Attributes:
        special_tokens: Pairs (token, id), each token once; the id of typed tokens is None.
        names: Name, such as `eos` -> special token.
        matched: Special tokens that are found in a text before the text is split. Those of the reference tokenizer are
            the ones that have a name; typed ones are all of them, since nobody has named them.
        post_processor: JSON of the post-processor with the ids of the reference tokenizer; None for none.
        add_prefix_space: Whether a space is put before a text.
    """

    special_tokens: tuple[tuple[str, int | None], ...]
    names: Mapping[str, str]
    matched: tuple[str, ...]
    post_processor: Mapping[str, Any] | None
    add_prefix_space: bool


def make_recipe(job: Job, finish: Finish | None, *, notify: Callable[[str], None]) -> Recipe:
    """Makes the recipe of a job's tokenizers.

    Args:
        job: Job of the batches.
        finish: Parts of the reference tokenizer; None if it is not loaded.
        notify: Called with one line for each part of the reference tokenizer that the tokenizers of the batches lack.
    """
    special_tokens = job.reference.special_tokens
    known = {token for token, _ in special_tokens}
    is_typed = any(token_id is None for _, token_id in special_tokens)
    names = _names(job, finish)
    for name, token in names.items():
        if token not in known:
            notify(f"the tokenizer has no {name} token: {token!r} is not among the special tokens")
    names = {name: token for name, token in names.items() if token in known}
    return Recipe(
        special_tokens=special_tokens,
        names=names,
        matched=tuple(token for token, _ in special_tokens if is_typed or token in names.values()),
        post_processor=_post_processor(finish, known, notify),
        add_prefix_space=job.facts.add_prefix_space,
    )


def _names(job: Job, finish: Finish | None) -> dict[str, str]:
    """Returns name -> token of the reference tokenizer; a typed eos token takes the place of its own."""
    names = dict(finish.names) if finish else {}
    names.pop("eos", None)
    if job.reference.eos_token:
        names["eos"] = job.reference.eos_token
    for name, other in _SAME_IF_NONE.items():
        if other in names:
            names.setdefault(name, names[other])
    return names


def _post_processor(finish: Finish | None, known: set[str], notify: Callable[[str], None]) -> Mapping[str, Any] | None:
    if finish is None:
        notify(
            "no post-processor: the special tokens are typed, so the reference tokenizer, which has it, is not loaded"
        )
        return None
    if not finish.has_backend:
        notify("no post-processor: the reference tokenizer has no tokenizer.json to take it from")
    if finish.post_processor is None:
        return None
    processor: dict[str, Any] = json.loads(finish.post_processor)
    unknown = sorted(set(tokens_of(processor)) - known)
    if unknown:
        notify(
            f"no post-processor: the reference tokenizer's adds {unknown[0]!r}, which is not among the special tokens"
        )
        return None
    return processor
