"""Coverage of a tokenizer: the inclusion probabilities of its pieces in a result (SPEC 4)."""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.combining_marks import Script, scripts_with_marks
from tokstats_parallel.answers.impossible import Impossible, impossible_reason
from tokstats_parallel.answers.pieces.readings import TokenizerPieces

SCHEMA_VERSION = 1
BINS = 10
"""Number of bins of the histogram between the pieces that are never sampled and those of every batch."""
NOT_SEEN = "not seen"
MOST_NOTABLE = 10
"""Number of never-sampled pieces that are listed for a reason; those with the lowest ids, the most frequent ones."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of the pieces of a tokenizer in some batches of a result.

    Attributes:
        batches: Number of batches.
        of_pieces: Count of each piece, in the order of the pieces.
    """

    batches: int
    of_pieces: NDArray[np.int64]

    @property
    def inclusion(self) -> NDArray[np.float64]:
        """Inclusion probability of each piece; NaN if there are no batches."""
        return self.of_pieces / self.batches if self.batches else np.full(len(self.of_pieces), np.nan)


@dataclass(frozen=True, slots=True)
class Share:
    """Coverage in numbers, of all pieces that are not fixed.

    Attributes:
        batches: Number of batches.
        sampled: Number of pieces that a vocabulary of these batches held.
        sampled_share: Share of these pieces; None if all pieces are fixed, or there are no batches.
        mean_inclusion: Mean inclusion probability, with zeros; None as above.
        histogram: Number of pieces that no vocabulary held; those with inclusion probabilities above (n - 1) / `BINS`
            up to n / `BINS`, for each n from 1 on, without 1; and those that every vocabulary held.
    """

    batches: int
    sampled: int
    sampled_share: float | None
    mean_inclusion: float | None
    histogram: tuple[int, ...]

    @classmethod
    def of(cls, counts: Counts, variable: NDArray[np.bool_]) -> "Share":
        """Puts the counts of the pieces that `variable` selects into numbers."""
        chosen, batches = counts.of_pieces[variable], counts.batches
        if not (batches and len(chosen)):
            return cls(batches, 0, None, None, (len(chosen) if not batches else 0, *[0] * (BINS + 1)))
        places = -(-chosen * BINS // batches)  # rounded up, without floats
        places[chosen == batches] = BINS + 1
        histogram = tuple(np.bincount(places, minlength=BINS + 2).tolist())
        sampled = int(np.count_nonzero(chosen))
        return cls(batches, sampled, sampled / len(chosen), float(chosen.sum()) / len(chosen) / batches, histogram)


@dataclass(frozen=True, eq=False)
class TokenizerCoverage:
    """Coverage of one tokenizer.

    Attributes:
        pieces: Pieces of the tokenizer.
        total: Counts of the pieces in all batches.
        languages: Language -> counts of the pieces in the batches of the language.
        fixed: Whether each piece is in every vocabulary, as bytes, white-space pieces and special tokens are.
        reasons: Index of a piece that is never sampled -> reason, `NOT_SEEN` if there is no other.
    """

    pieces: TokenizerPieces
    total: Counts
    languages: Mapping[str, Counts]
    fixed: NDArray[np.bool_]
    reasons: Mapping[int, str]

    @cached_property
    def share(self) -> Share:
        """Coverage by all batches."""
        return Share.of(self.total, ~self.fixed)

    @cached_property
    def language_shares(self) -> Mapping[str, Share]:
        """Language -> coverage by the batches of the language."""
        return {language: Share.of(counts, ~self.fixed) for language, counts in self.languages.items()}

    @cached_property
    def never_sampled(self) -> Mapping[str, int]:
        """Reason -> number of pieces that are never sampled for this reason, by falling number."""
        return dict(Counter(self.reasons.values()).most_common())

    def notable(self, reason: str) -> list[int]:
        """Returns the indices of the first pieces that are never sampled for a reason, at most `MOST_NOTABLE`."""
        return [index for index, found in self.reasons.items() if found == reason][:MOST_NOTABLE]

    @cached_property
    def scripts(self) -> Sequence[Script]:
        """Scripts with pieces in which a letter and a combining mark are joined, by falling number of these."""
        sampled = (self.total.of_pieces > 0).tolist()
        pieces = zip(self.pieces.raw, sampled, self.fixed.tolist(), strict=True)
        return scripts_with_marks((raw, is_sampled) for raw, is_sampled, is_fixed in pieces if not is_fixed)

    def to_json(self) -> dict[str, Any]:
        """Returns the numbers of the tokenizer for JSON."""
        return {
            "tokenizer": self.pieces.name,
            "reading": self.pieces.reading,
            "pieces": len(self.pieces.ids),
            "added_or_special": self.pieces.apart,
            "fixed": int(self.fixed.sum()),
            "total": _share_json(self.share),
            "languages": {language: _share_json(share) for language, share in self.language_shares.items()},
            "never_sampled": {
                reason: {"pieces": number, "lowest_ids": [self._piece_json(index) for index in self.notable(reason)]}
                for reason, number in self.never_sampled.items()
            },
            "letters_with_marks": [script.to_json() for script in self.scripts],
        }

    def text(self, index: int) -> str:
        """Returns the readable text of a piece."""
        return _native.readable_text(self.pieces.raw[index])

    def rows(self) -> Iterator[Sequence[object]]:
        """Yields a row for each piece, for the columns of `Coverage.table`."""
        inclusions = [counts.inclusion.tolist() for counts in (self.total, *self.languages.values())]
        counts, fixed = self.total.of_pieces.tolist(), self.fixed.tolist()
        for index, (number, written) in enumerate(zip(self.pieces.ids, self.pieces.written, strict=True)):
            shares = [None if math.isnan(column[index]) else column[index] for column in inclusions]
            described = (self.pieces.name, number, written, self.text(index), fixed[index])
            yield (*described, counts[index], *shares, self.reasons.get(index))

    def _piece_json(self, index: int) -> dict[str, object]:
        return {"id": self.pieces.ids[index], "token": self.pieces.written[index], "text": self.text(index)}


@dataclass(frozen=True, eq=False)
class Coverage:
    """Coverage of some tokenizers by one result.

    Attributes:
        result: Path of the result, for the reader.
        tokenizers: Coverage of each tokenizer.
        min_count: Least count of a token in the result; rarer ones were left out when it was written.
    """

    result: str
    tokenizers: Sequence[TokenizerCoverage]
    min_count: int = 1

    def to_json(self) -> dict[str, Any]:
        """Returns the answer for JSON."""
        return {
            "schema_version": SCHEMA_VERSION,
            "result": self.result,
            "min_count": self.min_count,
            "tokenizers": [one.to_json() for one in self.tokenizers],
        }

    def table(self) -> tuple[Sequence[str], Iterator[Sequence[object]]]:
        """Returns the names of the columns and the rows for CSV, a row for each piece of each tokenizer."""
        languages = [f"inclusion_{language}" for language in self.tokenizers[0].languages]
        names = ("tokenizer", "id", "token", "text", "fixed", "count", "inclusion", *languages, "reason")
        return names, (row for one in self.tokenizers for row in one.rows())


def cover(
    pieces: TokenizerPieces, total: Counts, languages: Mapping[str, Counts], fixed: NDArray[np.bool_]
) -> TokenizerCoverage:
    """Returns the coverage of a tokenizer, from the counts of its pieces."""
    never = np.flatnonzero((total.of_pieces == 0) & ~fixed).tolist()
    reasons = {index: _reason(impossible_reason(pieces.raw[index])) for index in never}
    return TokenizerCoverage(pieces, total, languages, fixed, reasons)


def _reason(impossible: Impossible | None) -> str:
    return str(impossible.reason) if impossible else NOT_SEEN


def _share_json(share: Share) -> dict[str, object]:
    return {
        "batches": share.batches,
        "sampled": share.sampled,
        "sampled_share": share.sampled_share,
        "mean_inclusion": share.mean_inclusion,
        "histogram": list(share.histogram),
    }
