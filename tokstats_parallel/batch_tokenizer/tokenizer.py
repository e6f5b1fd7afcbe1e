"""Tokenizer of one batch: its pieces, scores and texts, and the same as a tokenizer of the library `tokenizers`."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tokstats_parallel.batch_tokenizer.post_processor import with_ids
from tokstats_parallel.batch_tokenizer.recipe import Recipe
from tokstats_parallel.batch_tokenizer.special_tokens import Piece

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PRETOKEN = r"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""Pattern by which the training splits the text that it trains on; the sampler's does not keep marks with letters."""


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class BatchTokenizer:
    """Tokenizer of one batch, as the training builds it (SPEC 2, "A batch's tokenizer").

    Attributes:
        batch: Number of the batch in its run, from 0.
        language: Language for which the batch counts, or `all` if languages are mixed.
        pool: Index of the batch's pool among those of its stream's name.
        draw: Number of earlier batches of the same pool.
        noise: Noise level of the draw: the standard deviation of the noise on relative scores.
        vocabulary: Pieces with their Unigram scores, special tokens included; a piece's index is its id.
        texts: (language, text) of each text that the batch put into its pool, in the order of the stream.
        recipe: Parts of the tokenizer that do not depend on the batch.
        origin: Facts about the job and its data, for `batch.json`.
    """

    batch: int
    language: str
    pool: int
    draw: int
    noise: float
    vocabulary: Sequence[Piece]
    texts: Sequence[tuple[str, str]]
    recipe: Recipe
    origin: Mapping[str, object] = field(default_factory=dict)

    @property
    def pieces(self) -> list[str]:
        """Pieces in the order of their ids; the special tokens are among them."""
        return [piece for piece, _ in self.vocabulary]

    @property
    def scores(self) -> list[float]:
        """Unigram scores of the pieces, in the order of their ids."""
        return [score for _, score in self.vocabulary]

    @cached_property
    def special_ids(self) -> dict[str, int]:
        """Special token -> id in this tokenizer."""
        special = {token for token, _ in self.recipe.special_tokens}
        return {piece: index for index, (piece, _) in enumerate(self.vocabulary) if piece in special}

    @cached_property
    def tokenizer(self) -> "Tokenizer":
        """Tokenizer of the library `tokenizers` with these pieces and scores."""
        return _build(self.vocabulary, self.recipe, self.special_ids)

    def facts(self) -> dict[str, object]:
        """Returns the facts about the batch and its draw, under their names in `batch.json` and in `--json`."""
        return {
            "batch": self.batch,
            "language": self.language,
            "pool": self.pool,
            "draw": self.draw,
            "noise": self.noise,
            "pieces": len(self.vocabulary),
            "special_tokens": self.special_ids,
        }

    def config(self) -> dict[str, object]:
        """Returns the content of `tokenizer_config.json`, by which `transformers` names the special tokens."""
        return {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "clean_up_tokenization_spaces": False,
            **{f"{name}_token": token for name, token in self.recipe.names.items()},
        }

    def __repr__(self) -> str:
        """Describes the tokenizer by its batch, language and number of pieces."""
        return f"BatchTokenizer(batch {self.batch:,}, {self.language}, {len(self.vocabulary):,} pieces)"


def _build(vocabulary: Sequence[Piece], recipe: Recipe, special_ids: Mapping[str, int]) -> "Tokenizer":
    from tokenizers import (  # noqa: PLC0415 - takes a tenth of a second
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
    )

    tokenizer = Tokenizer(models.Unigram(list(vocabulary), unk_id=None, byte_fallback=False))
    if recipe.add_prefix_space:
        tokenizer.normalizer = normalizers.Prepend(" ")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            # Inverted, so that the matches stay and what is between them is removed.
            pre_tokenizers.Split(Regex(PRETOKEN), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in recipe.matched])
    if recipe.post_processor is not None:
        tokenizer.post_processor = _post_processor(with_ids(recipe.post_processor, special_ids))
    return tokenizer


def _post_processor(processor: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a class of the library for each kind
    """Makes a post-processor of its JSON, which the library reads as a part of a tokenizer only."""
    from tokenizers import Tokenizer, models  # noqa: PLC0415 - as above

    empty = json.loads(Tokenizer(models.BPE()).to_str())
    return Tokenizer.from_str(json.dumps({**empty, "post_processor": processor})).post_processor
