"""Distribution of counts: how many tokens are in how many batches, by class, length, kind and language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from tokstats_parallel import _native
from tokstats_parallel.answers.count_histogram import CLASSES, ONE_IN, CountHistogram
from tokstats_parallel.answers.counted import (
    Counted,
    counts_of,
    kinds_of,
    languages_of,
    lengths_of,
    sampled_rows,
)
from tokstats_parallel.answers.groups import Group, Whole

SCHEMA_VERSION = 1
TABLES = ("classes", "lengths", "kinds", "languages", "ranks")
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """Numbers of sampled tokens in one language, by class.

    Attributes:
        language: Name of the language; `all` for all batches.
        batches: Number of its batches.
        tokens: Number of sampled tokens that at least one of these batches held.
        classes: Class -> number of its tokens.
    """

    language: str
    batches: int
    tokens: int
    classes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class RankPoint:
    """Count of the sampled token at one rank, by falling count."""

    rank: int
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class Distribution:
    """Distribution of the counts of a result, of all batches or of those of a language.

    Attributes:
        batches: Number of batches that the counts are of.
        language: Language of these batches; None for all.
        unique_tokens: Number of tokens that these batches held, with the fixed ones.
        vocabulary: Mean size of a vocabulary in pieces.
        classes: Fixed tokens, each class of sampled ones, and those that the result leaves out as too rare, if any.
        lengths: Sampled tokens by length in bytes.
        kinds: Sampled tokens by kind.
        languages: Classes in each language.
        ranks: Counts at the ranks 1, 2, 5, 10 and so on, and at the last one.
    """

    batches: int
    language: str | None
    unique_tokens: int
    vocabulary: float
    classes: Sequence[Group]
    lengths: Sequence[Group]
    kinds: Sequence[Group]
    languages: Sequence[LanguageRow]
    ranks: Sequence[RankPoint]

    def to_json(self) -> Mapping[str, Any]:
        """Returns the object that `--json` prints."""
        return {
            "schema_version": SCHEMA_VERSION,
            "batches": self.batches,
            "language": self.language,
            "unique_tokens": self.unique_tokens,
            "vocabulary": self.vocabulary,
            "thresholds": {name: 1 / batches for name, batches in ONE_IN.items()},
        } | {
            name: [dict(zip(columns, row, strict=True)) for row in rows]
            for name, (columns, rows) in ((name, self.table(name)) for name in TABLES)
        }

    def table(self, name: str = TABLES[0]) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        """Returns the columns and the rows of one of `TABLES`, for CSV."""
        if name == "ranks":
            return ("rank", "count", "share"), [(one.rank, one.count, one.share) for one in self.ranks]
        if name == "languages":
            rows = [
                (one.language, one.batches, one.tokens, *(one.classes[name] for name in CLASSES))
                for one in self.languages
            ]
            return ("language", "batches", "tokens", *CLASSES), rows
        groups: Sequence[Group] = getattr(self, name)
        first = {"classes": "class", "lengths": "bytes", "kinds": "kind"}[name]
        return (first, "tokens", "occurrences", "pieces", "share"), [tuple(asdict(one).values()) for one in groups]


def distribution(result: Counted, *, language: str | None = None) -> Distribution:
    """Computes the distribution of the counts.

    Args:
        result: Result to look into.
        language: Language whose batches count; None for all.

    Raises:
        UnknownNameError: The result has no such language.
    """
    is_sampled, counts = sampled_rows(result), counts_of(result, language)
    fixed = len(is_sampled) - int(np.count_nonzero(is_sampled))
    histogram = CountHistogram.of(result, language, fixed)
    whole = Whole.of(result, histogram, language)
    counts[~is_sampled] = 0
    return Distribution(
        batches=histogram.batches,
        language=language,
        unique_tokens=histogram.fixed + histogram.sampled,
        vocabulary=whole.vocabulary,
        classes=whole.classes(histogram),
        lengths=whole.groups(lengths := lengths_of(result), counts, range(int(lengths.max(initial=0)) + 1)),
        kinds=whole.groups(kinds_of(result), counts, _native.KINDS),
        languages=[_language_row(result, name, fixed) for name in (*languages_of(result), None)],
        ranks=_rank_points(histogram),
    )


def _language_row(result: Counted, language: str | None, fixed: int) -> LanguageRow:
    histogram = CountHistogram.of(result, language, fixed)
    tokens = {name: tokens for name, (tokens, _) in histogram.classes().items()}
    return LanguageRow(language or "all", histogram.batches, histogram.sampled, tokens)


def _rank_points(histogram: CountHistogram) -> list[RankPoint]:
    last = histogram.sampled
    steps = (step * 10**power for power in range(len(str(last))) for step in _STEPS)
    ranks = sorted({rank for rank in (*steps, last) if 0 < rank <= last})
    counts = histogram.counts_at(ranks)
    return [RankPoint(rank, count, count / histogram.batches) for rank, count in zip(ranks, counts, strict=True)]
