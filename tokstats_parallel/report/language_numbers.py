"""Language numbers: what several sections of a page need of the languages of a result, each computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from tokstats_parallel.answers.comparison.language_matrix import LanguageMatrix, matrix_of
from tokstats_parallel.answers.comparison.typical_tokens import TypicalToken, typical_tokens
from tokstats_parallel.answers.language_gain import LanguageGain, language_gains
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.results.drawn_values import drawn_values
from tokstats_parallel.sampling import Pooling

WORDS = 10
"""Largest number of typical words of a language."""


@dataclass(frozen=True, slots=True, eq=False)
class LanguageNumbers:
    """Numbers about the languages of a result; all are empty unless it tells two or more apart.

    Attributes:
        gains: What each language adds.
        matrix: How alike the languages are; None if there are none.
        typical: Language -> its most typical tokens.
        is_shared: Whether the languages are drawn from the same pools.
    """

    gains: Sequence[LanguageGain]
    matrix: LanguageMatrix | None
    typical: Mapping[str, Sequence[TypicalToken]]
    is_shared: bool

    @classmethod
    def of(cls, result: Reported, words: int = WORDS) -> Self:
        """Computes the numbers of a result, with at most `words` typical words of each language."""
        names, sampled = result.languages, result.sampled
        pooling = drawn_values(result.stats.manifest).get("pooling", Pooling.SEPARATE)
        if not names:
            return cls([], None, {}, is_shared=False)
        batches = {name: sampled.batches_per_language[name] for name in names}
        return cls(
            gains=[gain for gain in language_gains(sampled) if gain.batches],
            matrix=matrix_of(result.stats.paths.json, batches, [sampled.languages[name] for name in names]),
            typical={name: typical_tokens(result.stats, sampled, name, words) for name in names} if words else {},
            is_shared=pooling != Pooling.SEPARATE,
        )
