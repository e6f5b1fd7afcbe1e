"""The keys of a training config that decide what is drawn: their types, defaults and bounds (SPEC 3).

`Settings` holds those keys and passes over all others. All bad fields are found in one go; `problems` puts
them into words.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator
from pydantic_core.core_schema import ValidationInfo

from tokstats_parallel import _native
from tokstats_parallel.sampling import PoolSize, TextRule, VocabularyLaw

MAX_COUNT = 2**32
MAX_SEED = 2**64 - 1
_SHOWN_CHARACTERS = 60
_EXPECTED = {  # pydantic's own words round a large bound
    "greater_than_equal": "must be {ge:g} or more",
    "less_than_equal": "must be {le} or less",
    "value_error": "{error}",
}


def _whole(value: object) -> object:
    """JSON has one kind of number, so 42.0 is the integer 42; the type check refuses anything else."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
# A text is 16 characters for each token of a block.
MAX_BLOCK = 2**20
POOL_CHARACTERS = 2**32

Count = Annotated[Whole, Field(ge=1, le=MAX_COUNT)]
Size = Annotated[Whole, Field(le=MAX_COUNT)]
Text = Annotated[str, Field(min_length=1)]


class Settings(BaseModel):
    """What the config file says, with the training code's own defaults where it says nothing."""

    model_config = ConfigDict(
        extra="ignore",  # config_file reports the other keys, also where a field is bad
        strict=True,
        frozen=True,
        validate_default=True,  # a bound may clash with the default of the other
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
        """Where the reference tokenizer comes from; None where the config names neither it nor a model."""
        return self.tokenizer_name or self.model_name_or_path or None

    def text_rule(self, eos: str) -> TextRule:
        """How texts are made; `eos` is the reference tokenizer's, empty where it has none."""
        return TextRule(
            span=self.block_size * _native.CHARS_PER_TOKEN,
            pack=self.do_sequence_packing,
            crop=self.sample_text_span,
            eos=eos,
        )

    def pool_size(self) -> PoolSize:
        """Size of a pool: the fewest stream batches that have `tokenizer_batch_size` texts."""
        return PoolSize(
            batch_texts=self.train_batch_size,
            batches=-(-self.tokenizer_batch_size // self.train_batch_size),
        )

    def vocabulary_law(self) -> VocabularyLaw:
        """Random size and noise of the vocabularies."""
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
    def _samples(cls, value: bool) -> bool:
        if not value:
            raise ValueError(
                "must be true: with false the training keeps one tokenizer and draws none, "
                "so there would be nothing to count and the result would be empty"
            )
        return value

    @field_validator("tokenizer_batch_size")
    @classmethod
    def _pool_fits(cls, value: int, info: ValidationInfo) -> int:
        block, batch = info.data.get("block_size"), info.data.get("train_batch_size")
        if block and batch and -(-value // batch) * batch * (block * _native.CHARS_PER_TOKEN + 2) >= POOL_CHARACTERS:
            raise ValueError("must be smaller: with this block_size, its texts have 4,294,967,296 characters or more")
        return value

    @field_validator("tokenizer_sample_min", "tokenizer_sample_max")
    @classmethod
    def _room_for_substrings(cls, value: int) -> int:
        least = _native.FIXED_PIECES
        if value <= least:
            raise ValueError(f"must be greater than {least}, the number of pieces that every vocabulary holds")
        return value

    @field_validator("tokenizer_sample_max")
    @classmethod
    def _not_below_min(cls, value: int, info: ValidationInfo) -> int:
        smallest = info.data.get("tokenizer_sample_min", value)
        if value < smallest:
            raise ValueError(f"must not be less than tokenizer_sample_min, which is {smallest}")
        return value


def problems(error: ValidationError, flags: Mapping[str, str]) -> list[str]:
    """One phrase for each bad field, with the value found; `flags` names the fields that a flag has set."""
    return [_problem(detail["type"], detail, flags) for detail in error.errors(include_url=False)]


def _problem(kind: str, detail: Mapping[str, Any], flags: Mapping[str, str]) -> str:
    field = str(detail["loc"][0])
    if kind == "missing":
        return f"{field} is missing"
    if kind in _EXPECTED:
        expected = _EXPECTED[kind].format(**detail["ctx"])
    else:
        expected = detail["msg"].replace("Input should be", "must be").replace("String should have", "must have")
    return f"{flags.get(field, field)} {expected} (found {_shown(detail['input'])})"


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."
