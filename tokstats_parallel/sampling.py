"""Parameters of the sampling (SPEC 2), in the groups and under the names that the native core uses.

The core takes each group as one argument and checks the bounds of its values. It raises ValueError for a value out of
bounds. A new parameter needs one field here, one key in `config/settings.py`, and one field of the core's struct of the
same name.
"""

from dataclasses import dataclass
from enum import StrEnum


class Pooling(StrEnum):
    """Way in which the languages of a run share pools (SPEC 2, "Mixed languages" and "Shared pool")."""

    SEPARATE = "separate"
    """Each language has pools of its own."""
    MIXED = "mixed"
    """Each text of a pool draws its language."""
    SHARED = "shared"
    """Each stream batch of a pool draws its language."""

    @property
    def stream_name(self) -> str | None:
        """Name that stands in place of a language for the pools of all languages; None if there are no such pools."""
        return {Pooling.MIXED: "all", Pooling.SHARED: "shared"}.get(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """Rule by which texts are made of rows (SPEC 2, "Texts").

    Attributes:
        span: Maximum length of a text, in characters; at least 1.
        pack: Whether more rows are appended to a text until it has `span` characters or more.
        crop: Whether a text longer than `span` is cut to a part that begins at a random character, not at its first.
        eos: End-of-sequence string that is put after each packed row; empty for no string.
    """

    span: int
    pack: bool
    crop: bool
    eos: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSize:
    """Size of a pool (SPEC 2, "Stream batches and pool").

    The product of `batch_texts`, `batches` and `TextRule.span` plus 2 must be below 2**32.

    Attributes:
        batch_texts: Number of texts in a stream batch (B in the SPEC); at least 1.
        batches: Number of stream batches in a pool, the length of its window (W in the SPEC); at least 1.
    """

    batch_texts: int
    batches: int

    @property
    def texts(self) -> int:
        """Number of texts in a pool."""
        return self.batch_texts * self.batches


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyLaw:
    """Random distributions of a vocabulary's size and of its noise level (SPEC 2, "One draw").

    Attributes:
        size_mean: Mean of the normal distribution of vocabulary sizes, in pieces, before the bounds; finite.
        size_std: Standard deviation of the normal distribution of vocabulary sizes, in pieces; finite, at least 0.
        size_min: Minimum size of a vocabulary, in pieces; above the 391 pieces that every vocabulary holds.
        size_max: Maximum size of a vocabulary, in pieces; above 391. It wins over a larger `size_min`.
        noise_mean: Median of the noise level, which is lognormal; finite, 0 for no noise.
        noise_std: Standard deviation of the noise level's logarithm; finite, at least 0.
    """

    size_mean: float
    size_std: float
    size_min: int
    size_max: int
    noise_mean: float
    noise_std: float
