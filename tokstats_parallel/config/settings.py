"""Settings: the keys of a training config that decide the draws, with their types, defaults and bounds (SPEC 3).

`Settings` holds these keys and ignores all other keys of the config. It checks all of them before it raises an error.
"""

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core.core_schema import ValidationInfo

from tokstats_parallel import _native
from tokstats_parallel.sampling import Pooling, PoolSize, TextRule, VocabularyLaw

MAX_COUNT = 2**32
MAX_SEED = 2**64 - 1


def _whole(value: object) -> object:
    """Converts a float such as 42.0 to 42, because JSON has one kind of number; returns all other values unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]
MAX_BLOCK = 2**20
"""Maximum of `block_size`, the tokens of a training block; a text may have 16 characters for each token."""
MAX_POOL_CHARACTERS = 2**32
"""Bound of the characters and separators in the texts of a pool; their number must be below it."""

DEBUG_POOL_DIVISOR = 8
DEBUG_BATCH_DIVISOR = 16

Count = Annotated[Whole, Field(ge=1, le=MAX_COUNT)]
Size = Annotated[Whole, Field(le=MAX_COUNT)]
Text = Annotated[str, Field(min_length=1)]

# Settings whose defaults need no mention as the training's: names, settings shown in other words, those with one legal
# value, and the one that the training does not have.
_NOT_LISTED = frozenset(
    {
        *("train_directory", "valid_directory", "langs", "model_name_or_path", "tokenizer_name", "revision"),
        *("language_sampling_alpha", "steps", "identity_steps", "do_tokenizer_sampling", "add_eos", "shared_pool"),
        "add_prefix_space",  # no draw depends on it
    }
)


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
    valid_directory: Annotated[str, Field(min_length=0)] | None = None  # with a length, so that it must be UTF-8
    langs: str
    language_sampling_alpha: Annotated[float, Field(ge=0)] = 0.3
    model_name_or_path: str | None = None
    tokenizer_name: str | None = None
    revision: str | None = None
    seed: Annotated[Whole, Field(ge=0, le=MAX_SEED)] = 42
    block_size: Annotated[Whole, Field(ge=1, le=MAX_BLOCK)] = 128
    do_sequence_packing: bool = True
    sample_text_span: bool = True
    add_eos: bool = True
    n_pools: Annotated[Whole, Field(ge=1, le=_native.MAX_POOLS)] = 1
    mix_languages: bool = False
    shared_pool: bool = False
    train_batch_size: Count = 256
    tokenizer_batch_size: Count = 512
    debug: bool = False
    do_tokenizer_sampling: bool = True
    tokenizer_sample_min: Size = 16384
    tokenizer_sample_max: Size = 32768
    tokenizer_sample_mean: float = 32768
    tokenizer_sample_std: Annotated[float, Field(ge=0)] = 0
    tokenizer_noise_mean: Annotated[float, Field(ge=0)] = 0
    tokenizer_noise_std: Annotated[float, Field(ge=0)] = 0
    steps: Annotated[Whole, Field(ge=0)] | None = None
    identity_steps: Annotated[Whole, Field(ge=0)] = 0
    add_prefix_space: bool = True

    @property
    def data_directory(self) -> str:
        """Folder of the languages' data, as the config has it: the one for validation if `debug` is true."""
        return self.valid_directory or "" if self.debug else self.train_directory

    def defaults(self) -> dict[str, object]:
        """Returns sampling key -> default of all numbers and switches of the sampling that the config does not set."""
        unset = Settings.model_fields.keys() - self.model_fields_set - _NOT_LISTED
        return {key: getattr(self, key) for key in Settings.model_fields if key in unset}

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
        pool, batch = self.tokenizer_batch_size, self.train_batch_size
        if self.debug:
            pool, batch = pool // DEBUG_POOL_DIVISOR, batch // DEBUG_BATCH_DIVISOR
        return PoolSize(batch_texts=batch, batches=-(-pool // batch))

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

    @field_validator("train_directory", "valid_directory")
    @classmethod
    def _can_be_a_folder(cls, value: str | None) -> str | None:
        if value is not None and "\0" in value:
            raise ValueError("must not have a NUL character, which no name of a folder has; correct it")
        return value

    @field_validator("debug")
    @classmethod
    def _can_debug(cls, value: bool, info: ValidationInfo) -> bool:
        if not value:
            return value
        sizes = (("train_batch_size", DEBUG_BATCH_DIVISOR), ("tokenizer_batch_size", DEBUG_POOL_DIVISOR))
        for key, divisor in sizes:
            size = info.data.get(key, divisor)
            if size < divisor:
                raise ValueError(f"divides {key}, which is {size}, by {divisor}: no text is left; set a larger {key}")
        if not info.data.get("valid_directory"):
            raise ValueError("reads valid_directory, which is missing; name the folder there")
        return value

    @field_validator("add_eos")
    @classmethod
    def _packs_with_eos(cls, value: bool) -> bool:
        if not value:
            raise ValueError(
                "must be true, since this program has no rule for false; remove the key, "
                "and pass --eos-token '' if rows are to be packed with nothing between them"
            )
        return value

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
