"""Language matrix: how alike the sampled tokens of all languages of a result are, each with each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel.answers.comparison.count_pairs import CountPairs
from tokstats_parallel.answers.comparison.overlap import divergence, weighted_jaccard
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.results.token_counts import require_language
from tokstats_parallel.results.token_stats import TokenStats

SCHEMA_VERSION = 1
_LEAST = 2


@dataclass(frozen=True, slots=True, eq=False)
class LanguageMatrix:
    """Likeness of languages; rows and columns of both matrices are in the order of the languages.

    Attributes:
        result: Path of the result.
        batches: Language -> number of its batches.
        weighted_jaccard: Sum of the smaller shares over the sum of the larger shares, 1 on the diagonal.
        divergence: Jensen-Shannon divergence, in bits, 0 on the diagonal.
    """

    result: Path
    batches: Mapping[str, int]
    weighted_jaccard: NDArray[np.float64]
    divergence: NDArray[np.float64]

    def to_json(self) -> Mapping[str, Any]:
        """Returns the matrices as one JSON object."""
        return {
            "schema_version": SCHEMA_VERSION,
            "result": str(self.result),
            "languages": list(self.batches),
            "batches": dict(self.batches),
            "weighted_jaccard": self.weighted_jaccard.tolist(),
            "jensen_shannon_divergence_bits": self.divergence.tolist(),
        }

    def table(self) -> tuple[Sequence[str], Iterator[Sequence[object]]]:
        """Returns a table with a row for each pair of languages."""
        return ("language", "other", "weighted_jaccard", "jensen_shannon_divergence_bits"), self._rows()

    def _rows(self) -> Iterator[Sequence[object]]:
        for (row, language), (column, other) in combinations(enumerate(self.batches), 2):
            yield language, other, float(self.weighted_jaccard[row, column]), float(self.divergence[row, column])


def language_matrix(path: Path, languages: Sequence[str]) -> LanguageMatrix:
    """Compares the languages of a result, each with each.

    Args:
        path: Path of the result.
        languages: Languages to compare; none means all.

    Raises:
        ConfigError: The languages are fewer than two.
        ResultError: The result cannot be read, or has no such language.
    """
    stats = TokenStats.load(path)
    known = stats.batches_per_language
    for language in languages:
        require_language(language, known)
    batches = {language: known[language] for language in languages or known}
    if len(batches) < _LEAST:
        raise ConfigError(f"{path}: a matrix takes two languages or more (found {', '.join(batches) or 'none'})")
    return matrix_of(path, batches, _counts(stats, list(batches)))


def matrix_of(path: Path, batches: Mapping[str, int], counts: Sequence[NDArray[np.integer]]) -> LanguageMatrix:
    """Compares languages, each with each, by the counts of their sampled tokens.

    Args:
        path: Path of the result.
        batches: Language -> number of its batches.
        counts: For each language, the count of every sampled token of the result.
    """
    pairs_of = _PairMaker(counts)
    alike, apart = np.eye(len(batches)), np.zeros((len(batches), len(batches)))
    numbers = list(batches.values())
    for row, column in combinations(range(len(batches)), 2):
        pairs = pairs_of(row, column)
        alike[row, column] = alike[column, row] = weighted_jaccard(pairs, (numbers[row], numbers[column]))
        apart[row, column] = apart[column, row] = divergence(pairs)
    return LanguageMatrix(path, batches, alike, apart)


def _counts(stats: TokenStats, languages: Sequence[str]) -> list[NDArray[np.uint32]]:
    """Returns the counts of the sampled tokens in each language."""
    table = stats.to_arrow(["fixed", *(f"count_{language}" for language in languages)])
    sampled = ~table["fixed"].to_numpy()
    # No run has 2**32 batches of a language where it has two of them.
    return [table[f"count_{language}"].to_numpy().astype(np.uint32)[sampled] for language in languages]


class _PairMaker:
    """Maker of the pairs of counts of two languages.

    Most tokens of many languages are of a single one. They are counted once for each language, not for each two.
    """

    def __init__(self, counts: Sequence[NDArray[np.integer]]) -> None:
        """Takes the count of every token in each language."""
        holders = np.zeros(len(counts[0]), np.uint16)
        for of_one in counts:
            holders += of_one > 0
        several, lonely = holders > 1, holders == 1
        self._lonely = [np.unique(of_one[lonely & (of_one > 0)], return_counts=True) for of_one in counts]
        self._common = [of_one[several] for of_one in counts]

    def __call__(self, row: int, column: int) -> CountPairs:
        """Makes the pairs of two languages, given by their places."""
        common = CountPairs.of(self._common[row], self._common[column])
        (left, of_left), (right, of_right) = self._lonely[row], self._lonely[column]
        return CountPairs(
            np.concatenate([common.left, left, np.zeros(len(right), np.int64)]),
            np.concatenate([common.right, np.zeros(len(left), np.int64), right]),
            np.concatenate([common.tokens, of_left, of_right]),
        )
