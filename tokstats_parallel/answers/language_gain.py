"""Language gain: what each language of a result adds to the tokens of the others."""

from dataclasses import dataclass

import numpy as np

from tokstats_parallel.answers.sampled_counts import SampledCounts


@dataclass(frozen=True, slots=True)
class LanguageGain:
    """Sampled tokens that a language has, and tokens that it alone has.

    Attributes:
        language: Name of the language.
        batches: Number of its batches.
        tokens: Number of sampled tokens that its batches held.
        only: Number of these tokens that no other language's batches held.
        only_share: Share of the sampled pieces of its average vocabulary that these fill, from 0 to 1.
        new: Number of its tokens that no language before it has, in the order of the result.
        together: Number of tokens of all languages up to it.
    """

    language: str
    batches: int
    tokens: int
    only: int
    only_share: float
    new: int
    together: int


def language_gains(sampled: SampledCounts) -> list[LanguageGain]:
    """Computes the gain of each language, in the order of the result."""
    holders = np.zeros(len(sampled.total), np.uint16)
    for counts in sampled.languages.values():
        holders += counts > 0
    is_lonely = holders == 1
    seen = np.zeros(len(sampled.total), bool)
    gains, together = [], 0
    for language, counts in sampled.languages.items():
        held = counts > 0
        new = int(np.count_nonzero(held & ~seen))
        seen |= held
        together += new
        lonely, occurrences = counts[held & is_lonely], int(counts.sum(dtype=np.int64))
        gains.append(
            LanguageGain(
                language=language,
                batches=sampled.batches_per_language[language],
                tokens=int(np.count_nonzero(held)),
                only=len(lonely),
                only_share=int(lonely.sum(dtype=np.int64)) / max(occurrences, 1),
                new=new,
                together=together,
            )
        )
    return gains
