"""Most frequent tokens of a result, of all its batches or of those of a language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.counted import (
    ColumnsOf,
    Counted,
    batches_of,
    bytes_of,
    column,
    counts_of,
    share,
    values_at_rows,
)
from tokstats_parallel.results.top_tokens import top_rows

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class CountedToken:
    """Token with its count.

    Attributes:
        token: The token as in the result: mapped, or a special token as it is.
        text: Its readable text.
        kind: Its kind.
        fixed: Whether every vocabulary holds it, so that it is not sampled.
        count: Number of batches whose vocabulary held it, of all batches or of those of one language.
    """

    token: str
    text: str
    kind: str
    fixed: bool
    count: int


@dataclass(frozen=True, slots=True)
class TopTokens:
    """Most frequent tokens, by falling count, then by code points.

    Attributes:
        batches: Number of batches that the counts are of.
        language: Language of these batches; None for all.
        kind: Kind to which the list is limited; None for all.
        sampled: Whether fixed tokens are left out.
        tokens: The tokens.
    """

    batches: int
    language: str | None
    kind: str | None
    sampled: bool
    tokens: Sequence[CountedToken]

    def to_json(self) -> Mapping[str, Any]:
        """Returns the object that `--json` prints."""
        names, rows = self.table()
        return {
            "schema_version": SCHEMA_VERSION,
            "batches": self.batches,
            "language": self.language,
            "kind": self.kind,
            "sampled": self.sampled,
            "tokens": [dict(zip(names, row, strict=True)) for row in rows],
        }

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        """Returns the columns and the rows for CSV."""
        names = ("number", "token", "text", "kind", "fixed", "count", "share")
        rows = (
            (number, one.token, one.text, one.kind, one.fixed, one.count, share(one.count, self.batches))
            for number, one in enumerate(self.tokens, 1)
        )
        return names, rows


@dataclass(frozen=True, slots=True, kw_only=True)
class TopQuestion:
    """Question for the most frequent tokens of a result.

    Attributes:
        most: Largest number of tokens.
        language: Language whose batches count; None for all.
        kind: Kind of the tokens; None for all.
        sampled: Whether to leave out fixed tokens.
    """

    most: int
    language: str | None = None
    kind: str | None = None
    sampled: bool = False

    def rows(self, result: Counted) -> "pa.Array":
        """Returns the rows of the tokens, the most frequent first.

        Raises:
            UnknownNameError: The result has no such language, or there is no such kind.
        """
        batches_of(result, self.language)
        return top_rows(ColumnsOf(result), self.most, language=self.language, kind=self.kind, sampled=self.sampled)


def top_tokens(result: Counted, question: TopQuestion) -> TopTokens:
    """Finds the most frequent tokens; raises UnknownNameError for a language or a kind that is not there."""
    rows, language = question.rows(result), question.language
    tokens = counted_tokens(result, rows.to_numpy(), counts_of(result, language))
    return TopTokens(batches_of(result, language), language, question.kind, question.sampled, tokens)


def top_names(result: Counted, question: TopQuestion) -> list[str]:
    """Finds the same tokens without their counts, which takes a third of the memory for a list of millions."""
    names: list[str] = column(result, "token").take(question.rows(result)).to_pylist()
    return names


def counted_tokens(result: Counted, rows: NDArray[np.intp], counts: NDArray[np.int64]) -> list[CountedToken]:
    """Returns the tokens of some rows, with their counts in `counts`, which has one for each row of the result."""
    return tokens_at(result, rows, counts[rows])


def tokens_at(result: Counted, rows: NDArray[np.intp], counts: NDArray[np.integer]) -> list[CountedToken]:
    """Returns the tokens of some rows, with a count for each of these."""
    tokens, kinds, fixed = (values_at_rows(column(result, name), rows) for name in ("token", "kind", "fixed"))
    found = []
    for token, kind, is_fixed, count in zip(tokens, kinds, fixed, counts.tolist(), strict=True):
        text = _native.readable_text(bytes_of(token, kind))
        found.append(CountedToken(token, text, kind, is_fixed, count))
    return found
