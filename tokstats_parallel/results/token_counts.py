"""Token counts: mappings from tokens to counts that read the columns of a result in place.

No mapping holds a Python object for each token, so that a result of millions of tokens takes the memory of its columns.
"""

from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from functools import cached_property
from typing import TYPE_CHECKING

from tokstats_parallel.errors import UnknownNameError
from tokstats_parallel.results.result_table import ResultTable
from tokstats_parallel.system.near_names import did_you_mean
from tokstats_parallel.system.wording import counted, listed

if TYPE_CHECKING:
    import pyarrow as pa


class TokenCounts(Mapping[str, int]):
    """Mapping token -> number of batches whose vocabularies held it, in the order of the result, without zeros.

    Attributes:
        batches: Number of all batches, or of the language's; a fixed token has this count.
    """

    def __init__(self, table: ResultTable, column: str, batches: int) -> None:
        """Takes the table of the result, the name of the column with the counts, and the number of batches."""
        columns = table.columns(["token", column])
        self.batches = batches
        self._table = table
        self._tokens, self._counts = columns["token"], columns[column]

    def __getitem__(self, token: str) -> int:
        """Returns the count of a token; raises KeyError if no vocabulary held it."""
        try:
            row = self._table.index.find(token)
        except (TypeError, UnicodeEncodeError):  # no string, or one that is not UTF-8
            row = None
        count: int = 0 if row is None else self._counts[row].as_py()
        if not count:
            raise KeyError(token)
        return count

    def __iter__(self) -> Iterator[str]:
        """Iterates over the tokens."""
        return (token for token, _ in self._pairs())

    def __len__(self) -> int:
        """Returns the number of tokens."""
        return self._length

    def __repr__(self) -> str:
        """Describes the mapping by its numbers of tokens and batches."""
        return f"<counts of {counted(len(self), 'token')}, batches: {self.batches:,}>"

    def items(self) -> ItemsView[str, int]:
        """Returns a view of the pairs (token, count)."""
        return _Items(self)

    def values(self) -> ValuesView[int]:
        """Returns a view of the counts."""
        return _Values(self)

    @cached_property
    def inclusion(self) -> Mapping[str, float]:
        """Mapping token -> inclusion probability, estimated as the token's share of the batches."""
        return _Inclusion(self)

    @cached_property
    def _length(self) -> int:
        import pyarrow as pa  # noqa: PLC0415 - takes a third of a second
        import pyarrow.compute as pc  # noqa: PLC0415 - as above

        zero = pa.scalar(0, self._counts.type)  # one of another type would copy the counts
        return pc.sum(pc.not_equal(self._counts, zero)).as_py() or 0

    def _pairs(self) -> Iterator[tuple[str, int]]:
        for tokens, counts in zip(_slices(self._tokens), _slices(self._counts), strict=True):
            for token, count in zip(tokens.to_pylist(), counts.to_pylist(), strict=True):
                if count:
                    yield token, count


class _Items(ItemsView[str, int]):
    """View of pairs that reads the columns in order, which takes a hundredth of the time of looking up each token."""

    def __init__(self, counts: TokenCounts) -> None:
        super().__init__(counts)
        self._counts = counts

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return self._counts._pairs()  # noqa: SLF001 - a part of the mapping


class _Values(ValuesView[int]):
    """View of counts that reads the columns in order."""

    def __init__(self, counts: TokenCounts) -> None:
        super().__init__(counts)
        self._counts = counts

    def __iter__(self) -> Iterator[int]:
        return (count for _, count in self._counts._pairs())  # noqa: SLF001 - a part of the mapping


class _Inclusion(Mapping[str, float]):
    """Mapping token -> count / batches."""

    def __init__(self, counts: TokenCounts) -> None:
        self._counts = counts

    def __getitem__(self, token: str) -> float:
        return self._counts[token] / self._counts.batches

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    def __repr__(self) -> str:
        return f"<inclusion probabilities of {counted(len(self), 'token')}>"


class LanguageCounts(Mapping[str, TokenCounts]):
    """Mapping language -> counts of its tokens, which reads the column of a language at the first access."""

    def __init__(self, table: ResultTable, batches: Mapping[str, int]) -> None:
        """Takes the table of the result, and the number of batches of each language."""
        self._table = table
        self._batches = batches
        self._counts: dict[str, TokenCounts] = {}

    def __getitem__(self, language: str) -> TokenCounts:
        """Returns the counts of a language.

        Raises:
            UnknownNameError: The result has no such language.
        """
        if language not in self._counts:
            require_language(language, self._batches)
            self._counts[language] = TokenCounts(self._table, f"count_{language}", self._batches[language])
        return self._counts[language]

    def __iter__(self) -> Iterator[str]:
        """Iterates over the languages."""
        return iter(self._batches)

    def __len__(self) -> int:
        """Returns the number of languages."""
        return len(self._batches)

    def __repr__(self) -> str:
        """Describes the mapping by its languages."""
        return f"<counts of {', '.join(self)}>"


def require_language(language: str, known: Mapping[str, int]) -> None:
    """Checks that a result has a language.

    Raises:
        UnknownNameError: It has none of this name.
    """
    if language not in known:
        otherwise = f"it has {listed(list(known))}"
        raise UnknownNameError(
            f"{language}: no language of the result; {did_you_mean(language, known, otherwise=otherwise)}"
        )


def _slices(column: "pa.ChunkedArray", rows: int = 1 << 14) -> Iterator["pa.ChunkedArray"]:
    """Yields parts of a column of up to `rows` rows, so that few Python objects exist at once."""
    return (column.slice(start, rows) for start in range(0, len(column), rows))
