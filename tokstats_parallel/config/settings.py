"""Settings: the keys of a training config that decide the draws, with their types, defaults and bounds (SPEC 3).

`Settings` holds these keys and ignores all other keys of the config. It checks all of them before it raises an error;
`problems` describes the bad ones.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core.core_schema import ValidationInfo

from tokstats_parallel import _native
from tokstats_parallel.sampling import Pooling, PoolSize, TextRule, VocabularyLaw

MAX_COUNT = 2**32
MAX_SEED = 2**64 - 1
_MAX_SHOWN_CHARACTERS = 60
_EXPECTED = {  # pydantic's own messages round a large bound
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le} or less",
    "value_error": "{error}",
}


def _whole(value: object) -> object:
    """Converts a float such as 42.0 to 42, because JSON has one kind of number; returns all other values unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
MAX_BLOCK = 2**20
"""Maximum of `block_size`, the tokens of a training block; a text may have 16 characters for each token."""
MAX_POOL_CHARACTERS = 2**32
"""Bound of the characters and separators in the texts of a pool; their number must be below it."""

Count = Annotated[Whole, Field(ge=1, le=MAX_COUNT)]
Size = Annotated[Whole, Field(le=MAX_COUNT)]
Text = Annotated[str, Field(min_length=1)]


class Settings(BaseModel):
    """Settings of a config file; a setting that the file leaves out has the training code's default."""

    model_config = ConfigDict(
        extra="ignore",  # `load` reports unknown keys, even if a field is bad
        strict=True,
        frozen=True,
        validate_default=True,  # a given `block_size` may be too large for the default of `tokenizer_batch_size`
        allow_inf_nan=False,
    )

    train_directory: Text
    valid_directory: str | None = None
    langs: str
    model_name_or_path: str | None = None
    tokenizer_name: str | None = None
    revision: str | None = None
    seed: Annotated[Whole, Field(ge=0, le=MAX_SEED)] = 42
    block_size: Annotated[Whole, Field(ge=1, le=MAX_BLOCK)] = 128
    do_sequence_packing: bool = True
    sample_text_span: bool = True
    n_pools: Annotated[Whole, Field(ge=1, le=_native.MAX_POOLS)] = 1
    mix_languages: bool = False
    shared_pool: bool = False
    train_batch_size: Count = 256
    tokenizer_batch_size: Count = 512
    do_tokenizer_sampling: bool = True
    tokenizer_sample_min: Size = 16384
    tokenizer_sample_max: Size = 32768
    tokenizer_sample_mean: float = 32768
    tokenizer_sample_std: Annotated[float, Field(ge=0)] = 0
    tokenizer_noise_mean: Annotated[float, Field(ge=0)] = 0
    tokenizer_noise_std: Annotated[float, Field(ge=0)] = 0

    @property
    def tokenizer(self) -> str | None:
        """Folder or hub name of the reference tokenizer; None if the config names neither a tokenizer nor a model."""
        return self.tokenizer_name or self.model_name_or_path or None

    def text_rule(self, eos: str) -> TextRule:
        """Returns the rule by which texts are made; `eos` is the reference tokenizer's eos token, or ""."""
        return TextRule(
            span=self.block_size * _native.CHARS_PER_TOKEN,
            pack=self.do_sequence_packing,
            crop=self.sample_text_span,
            eos=eos,
        )

    def pooling(self) -> Pooling:
        """Returns the way in which the languages share pools."""
        if self.mix_languages:
            return Pooling.MIXED
        return Pooling.SHARED if self.shared_pool else Pooling.SEPARATE

    def pool_size(self) -> PoolSize:
        """Returns the size of a pool: the fewest stream batches with at least `tokenizer_batch_size` texts in all."""
        return PoolSize(
            batch_texts=self.train_batch_size,
            batches=-(-self.tokenizer_batch_size // self.train_batch_size),
        )

    def vocabulary_law(self) -> VocabularyLaw:
        """Returns the random distributions of the vocabularies' sizes and noise levels."""
        return VocabularyLaw(
            size_mean=self.tokenizer_sample_mean,
            size_std=self.tokenizer_sample_std,
            size_min=self.tokenizer_sample_min,
            size_max=self.tokenizer_sample_max,
            noise_mean=self.tokenizer_noise_mean,
            noise_std=self.tokenizer_noise_std,
        )

    @field_validator("do_tokenizer_sampling")
    @classmethod
    def _is_on(cls, value: bool) -> bool:
        if not value:
            raise ValueError(
                "must be true: with false the training keeps one tokenizer and draws none, "
                "so there would be nothing to count and the result would be empty"
            )
        return value

    @field_validator("shared_pool")
    @classmethod
    def _is_not_mixed(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("mix_languages"):
            raise ValueError(
                "must be false where mix_languages is true: a mixed pool draws a language for each text, "
                "a shared pool one for each batch"
            )
        return value

    @field_validator("tokenizer_batch_size")
    @classmethod
    def _pool_fits(cls, value: int, info: ValidationInfo) -> int:
        block, batch = info.data.get("block_size"), info.data.get("train_batch_size")
        if (
            block
            and batch
            and -(-value // batch) * batch * (block * _native.CHARS_PER_TOKEN + 2) >= MAX_POOL_CHARACTERS
        ):
            raise ValueError("must be smaller: with this block_size, its texts have 4,294,967,296 characters or more")
        return value

    @field_validator("tokenizer_sample_min", "tokenizer_sample_max")
    @classmethod
    def _exceeds_fixed_pieces(cls, value: int) -> int:
        fixed = _native.FIXED_PIECES
        if value <= fixed:
            raise ValueError(f"must be greater than {fixed}, the number of pieces that every vocabulary holds")
        return value


def problems(error: ValidationError, flags: Mapping[str, str]) -> list[str]:
    """Describes each bad field and its value.

    Args:
        error: Errors of all bad fields.
        flags: Field -> flag of the command line that has set the field; the description then names the flag.
    """
    return [_problem(detail["type"], detail, flags) for detail in error.errors(include_url=False)]


def _problem(kind: str, detail: Mapping[str, Any], flags: Mapping[str, str]) -> str:
    field = str(detail["loc"][0])
    if kind == "missing":
        return f"{field} is missing"
    if kind in _EXPECTED:
        expected = _EXPECTED[kind].format(**detail["ctx"])
    else:
        expected = detail["msg"].replace("Input should be", "must be").replace("String should have", "must have")
    return f"{flags.get(field, field)} {expected} (found {_shortened(detail['input'])})"


def _shortened(value: object) -> str:
    shown = json.dumps(value, ensure_ascii=False)
    return shown if len(shown) <= _MAX_SHOWN_CHARACTERS else f"{shown[:_MAX_SHOWN_CHARACTERS]}..."
