"""The sampling parameters of a run (SPEC 2), in the groups and under the names that the native core uses.

The core takes each group as one argument and checks its bounds; a value out of bounds raises ValueError there. A new
parameter is one field here, one key in `config/settings.py`, and one field of the core's struct of the same name.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """How a text is made of rows (SPEC 2, "Texts").

    Attributes:
        span: Longest text, in characters; at least 1.
        pack: Whether rows are appended until a text has `span` characters.
        crop: Whether a text is cut at a random character instead of its first.
        eos: String that follows each packed row; empty for none.
    """

    span: int
    pack: bool
    crop: bool
    eos: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSize:
    """Size of a pool (SPEC 2, "Stream batches and pool").

    The product of `batch_texts`, `batches` and the longest text's characters plus 2 must be below 2**32.

    Attributes:
        batch_texts: Texts in a stream batch (B in the SPEC); at least 1.
        batches: Stream batches in a pool, the length of its window (W in the SPEC); at least 1.
    """

    batch_texts: int
    batches: int

    @property
    def texts(self) -> int:
        """Texts in a pool."""
        return self.batch_texts * self.batches


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyLaw:
    """Random size and noise of a vocabulary (SPEC 2, "One draw").

    Attributes:
        size_mean: Mean of the normal distribution of sizes, in pieces, before the bounds; finite.
        size_std: Standard deviation of that distribution; finite, at least 0.
        size_min: Smallest vocabulary, in pieces; above the 391 pieces that every vocabulary holds.
        size_max: Largest vocabulary, in pieces; at least `size_min`.
        noise_mean: Median of the lognormal noise level, which is added to relative scores; finite, 0 for no noise.
        noise_std: Standard deviation of the noise level's logarithm; finite, at least 0.
    """

    size_mean: float
    size_std: float
    size_min: int
    size_max: int
    noise_mean: float
    noise_std: float
