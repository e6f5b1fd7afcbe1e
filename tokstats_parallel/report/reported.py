"""Reported result: a result with the numbers that several sections of a page take from it, each computed once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from tokstats_parallel.answers.count_histogram import CountHistogram
from tokstats_parallel.answers.groups import Group, Whole
from tokstats_parallel.answers.growth import complete
from tokstats_parallel.answers.richness import Richness
from tokstats_parallel.answers.sampled_counts import SampledCounts
from tokstats_parallel.answers.unseen import least_count, window_batches
from tokstats_parallel.results.token_stats import TokenStats

MOST_LINES = 8
"""Largest number of languages that one drawing shows as lines; its table has all."""


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """Result with what several sections need.

    Attributes:
        stats: The result.
        sampled: Counts of its sampled tokens.
        histograms: Language -> histogram of the counts in its batches; None -> of those in all batches.
        wholes: Language -> batches and occurrences of the language; None -> of all.
        is_complete: Whether the histogram of all batches has all tokens, also the tokens that the result leaves out.
    """

    stats: TokenStats
    sampled: SampledCounts
    histograms: Mapping[str | None, CountHistogram]
    wholes: Mapping[str | None, Whole]
    is_complete: bool

    @classmethod
    def of(cls, stats: TokenStats) -> Self:
        """Reads the counts of a result, and counts their counts."""
        sampled = SampledCounts.of(stats)
        fixed = len(sampled.fixed)
        histograms: dict[str | None, CountHistogram] = {
            None: CountHistogram.of_sampled(sampled.total, sampled.batches, fixed)
        }
        for language, counts in sampled.languages.items():
            batches = sampled.batches_per_language[language]
            histograms[language] = CountHistogram.of_sampled(counts, batches, fixed)
        wholes = {language: Whole.of(stats, one, language) for language, one in histograms.items()}
        if whole := complete(histograms[None], stats, None):
            histograms[None] = whole
            wholes[None] = replace(wholes[None], left_out=())
        return cls(stats, sampled, histograms, wholes, is_complete=whole is not None)

    @property
    def name(self) -> str:
        """Name of the result's JSON without its ending."""
        return self.stats.paths.json.stem

    @property
    def batches(self) -> int:
        """Number of batches."""
        return self.sampled.batches

    @property
    def languages(self) -> Sequence[str]:
        """Languages that a page tells apart, which are two or more with batches; else none."""
        found = [name for name, batches in self.sampled.batches_per_language.items() if batches]
        return found if len(found) > 1 else []

    @property
    def drawn_languages(self) -> Sequence[str]:
        """Languages of the lines of a drawing, in the order of the result: those with the most batches."""
        batches = self.sampled.batches_per_language
        chosen = sorted(self.languages, key=lambda name: -batches[name])[:MOST_LINES]
        return [name for name in self.languages if name in chosen]

    @property
    def least(self) -> int:
        """Count below which sampled tokens are left out of the result."""
        return least_count(self.stats.manifest)

    @property
    def classes(self) -> Mapping[str, Group]:
        """Class -> its tokens in all batches."""
        return {one.name: one for one in self.wholes[None].classes(self.histograms[None])}

    def complete_histogram(self, language: str | None = None) -> CountHistogram | None:
        """Returns the histogram with the tokens that the result leaves out; None if their counts are not known."""
        if language is None:
            return self.histograms[None] if self.is_complete else None
        return complete(self.histograms[language], self.stats, language)

    @property
    def richness(self) -> Richness | None:
        """Numbers of tokens seen and unseen; None for a single batch, or if rare tokens are left out."""
        histogram = self.complete_histogram()
        return Richness.of(histogram) if histogram else None

    @property
    def richness_at_worst(self) -> Richness | None:
        """Richness if the batches of a window tell no more than one; None for fewer than two windows, or W = 1."""
        histogram = self.complete_histogram()
        return Richness.of(histogram, self.window) if histogram and self.window > 1 else None

    @property
    def window(self) -> int:
        """Number of stream batches of a pool, W."""
        return window_batches(self.stats.manifest)


def lines_note(result: Reported) -> str:
    """Returns a sentence that says which languages a drawing of lines leaves out; empty if none."""
    if len(result.languages) <= MOST_LINES:
        return ""
    return (
        f" Of {len(result.languages)} languages, the {MOST_LINES} with the most batches are drawn; the table has all."
    )
