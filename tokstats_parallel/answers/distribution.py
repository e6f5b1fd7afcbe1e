"""Distribution of the counts of a result: classes of tokens by inclusion probability, and tables of their numbers.

The classes of sampled tokens, by the share p of the batches that held the token; the first that fits:

- certain: p is 1
- once: one batch held it
- stable: p is 0.5 or more
- variable: p is 0.01 or more
- rare: p is below 0.01
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.counted import (
    Counted,
    batches_of,
    column,
    counts_of,
    kinds_of,
    languages_of,
    sampled_rows,
    share,
)

SCHEMA_VERSION = 1
CLASSES = ("certain", "stable", "variable", "rare", "once")
"""Classes of sampled tokens, in the order in which tables show them."""
FIXED, LEFT_OUT = "fixed", "left out"
STABLE_SHARE = 0.5
RARE_SHARE = 0.01
TABLES = ("classes", "lengths", "kinds", "languages", "ranks")
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Group:
    """Tokens that have something in common, such as their length.

    Attributes:
        name: What they have in common.
        tokens: Number of different tokens; None if the result does not say it.
        occurrences: Sum of their counts.
        pieces: Mean number of them in a vocabulary.
        share: Share of an average vocabulary that they fill, from 0 to 1.
    """

    name: str
    tokens: int | None
    occurrences: int
    pieces: float
    share: float


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
            "thresholds": {"stable": STABLE_SHARE, "rare": RARE_SHARE},
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
    batches = batches_of(result, language)
    all_counts, is_sampled = counts_of(result, language), sampled_rows(result)
    sampled = np.flatnonzero(is_sampled & (all_counts > 0))
    counts, kinds = all_counts[sampled], kinds_of(result)[sampled]
    lengths = _lengths(result)[sampled]
    left_out = _left_out(result, language)
    whole = _Whole(batches, int(all_counts.sum()) + sum(occurrences for _, occurrences in left_out))
    fixed = all_counts[~is_sampled]
    return Distribution(
        batches=batches,
        language=language,
        unique_tokens=int(np.count_nonzero(all_counts)),
        vocabulary=share(whole.occurrences, batches) or 0.0,
        classes=[
            whole.group(FIXED, int(np.count_nonzero(fixed)), int(fixed.sum())),
            *whole.groups(_classes(counts, batches), counts, CLASSES),
            *(whole.group(LEFT_OUT, *numbers) for numbers in left_out),
        ],
        lengths=[one for one in whole.groups(lengths, counts, _numbers(lengths)) if one.tokens],
        kinds=[one for one in whole.groups(kinds, counts, _native.KINDS) if one.tokens],
        languages=_language_rows(result, is_sampled),
        ranks=_rank_points(counts, batches),
    )


@dataclass(frozen=True, slots=True)
class _Whole:
    """Batches and occurrences of which groups are parts."""

    batches: int
    occurrences: int

    def group(self, name: str, tokens: int | None, occurrences: int) -> Group:
        """Makes the group of some tokens."""
        pieces = share(occurrences, self.batches) or 0.0
        return Group(name, tokens, occurrences, pieces, share(occurrences, self.occurrences) or 0.0)

    def groups(self, labels: NDArray[Any], counts: NDArray[np.int64], names: Sequence[str]) -> list[Group]:
        """Makes a group for each name, of the tokens that have its index as their label."""
        tokens = np.bincount(labels, minlength=len(names)).tolist()
        occurrences = np.bincount(labels, weights=counts, minlength=len(names)).tolist()  # exact below 2**53
        return [self.group(name, tokens[at], int(occurrences[at])) for at, name in enumerate(names)]


def _left_out(result: Counted, language: str | None) -> list[tuple[int | None, int]]:
    """Returns (number of tokens if it is known, occurrences) of the tokens that the result leaves out, if any.

    The numbers are in the manifest, which has the number of tokens of all languages together only.
    """
    left_out = result.manifest.get("left_out")
    if not left_out:
        return []
    if language is None:
        return [(left_out["tokens"], left_out["occurrences"])]
    return [(None, left_out["occurrences_per_language"][language])]


def _classes(counts: NDArray[np.int64], batches: int) -> NDArray[np.int8]:
    """Returns the index in `CLASSES` of each count; counts are from 1 to `batches`."""
    classes = np.full(len(counts), CLASSES.index("rare"), np.int8)
    classes[counts >= RARE_SHARE * batches] = CLASSES.index("variable")
    classes[counts >= STABLE_SHARE * batches] = CLASSES.index("stable")
    classes[counts == 1] = CLASSES.index("once")
    classes[counts == batches] = CLASSES.index("certain")
    return classes


def _lengths(result: Counted) -> NDArray[np.int64]:
    """Returns the length of each row's token in bytes; it is wrong for special tokens, which are not sampled."""
    import pyarrow.compute as pc  # noqa: PLC0415 - takes a third of a second

    lengths: NDArray[np.int64] = pc.utf8_length(column(result, "token")).to_numpy()
    return lengths


def _numbers(lengths: NDArray[np.int64]) -> list[str]:
    return [str(length) for length in range(int(lengths.max(initial=0)) + 1)]


def _language_rows(result: Counted, is_sampled: NDArray[np.bool_]) -> list[LanguageRow]:
    """Returns the classes in each language, and then those in all batches."""
    rows = []
    for language in (*languages_of(result), None):
        batches = batches_of(result, language)
        counts = counts_of(result, language)[is_sampled]
        counts = counts[counts > 0]
        numbers = np.bincount(_classes(counts, batches), minlength=len(CLASSES)).tolist()
        rows.append(LanguageRow(language or "all", batches, len(counts), dict(zip(CLASSES, numbers, strict=True))))
    return rows


def _rank_points(counts: NDArray[np.int64], batches: int) -> list[RankPoint]:
    falling = np.sort(counts)[::-1]  # the rows of a whole result are sorted already, which takes no time to find out
    steps = (step * 10**power for power in range(len(str(len(falling)))) for step in _STEPS)
    ranks = sorted({rank for rank in (*steps, len(falling)) if 0 < rank <= len(falling)})
    return [RankPoint(rank, int(falling[rank - 1]), int(falling[rank - 1]) / batches) for rank in ranks]
