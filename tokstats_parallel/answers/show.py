"""Single tokens of a result: counts, shares, ranks, neighbours, and the reason for a count of zero."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from tokstats_parallel import _native
from tokstats_parallel.answers.counted import Counted, batches_of, counts_of, languages_of, sampled_rows, share
from tokstats_parallel.answers.impossible import LONGEST, Impossible, impossible_reason
from tokstats_parallel.answers.token_rows import TokenRows
from tokstats_parallel.answers.top import CountedToken
from tokstats_parallel.answers.typed_token import Reading
from tokstats_parallel.answers.unseen import inclusion_bound, least_count, window_batches

SCHEMA_VERSION = 1
ALWAYS_SPECIAL = "special token"
_MOST_NEIGHBOURS = 5


@dataclass(frozen=True, slots=True)
class CountIn:
    """Count of a token in the batches of a language.

    Attributes:
        language: Name of the language; None for all batches.
        batches: Number of these batches.
        count: Number of these batches whose vocabulary held the token.
        rank: 1 plus the number of tokens with a higher count; None for a count of zero.
        sampled_rank: The same among sampled tokens; None for a fixed token, too.
        bound: For a count of zero of a token that some text can give, (number below which its inclusion probability is
            with 95 % confidence if batches are independent, the same at worst); otherwise None.
    """

    language: str | None
    batches: int
    count: int
    rank: int | None
    sampled_rank: int | None
    bound: tuple[float, float] | None

    def to_json(self) -> Mapping[str, Any]:
        """Returns the fields for JSON, with the share."""
        return {
            "batches": self.batches,
            "count": self.count,
            "share": share(self.count, self.batches),
            "rank": self.rank,
            "sampled_rank": self.sampled_rank,
            "bound": self.bound and {"independent": self.bound[0], "worst_case": self.bound[1]},
        }


@dataclass(frozen=True, slots=True)
class ShownToken:
    """One token, as a result has it or not.

    Attributes:
        typed: Word that the user has typed.
        reading: Name of the way in which the word is read.
        token: The token as in the result: mapped, or a special token as it is.
        text: Its readable text.
        raw: Its bytes.
        kind: Its kind.
        fixed: Whether every vocabulary holds it, so that it is not sampled.
        impossible: Reason why no draw takes it; None if some text and batch can give it.
        pretokens: Pretokens of its text by the sampler's split; empty if its bytes are no UTF-8.
        counts: Its counts, in all batches first, then in each language.
        prefixes: Sampled tokens with which it begins, the longest first.
        longer: Most frequent sampled tokens that begin with it.
        longer_tokens: Number of sampled tokens that begin with it.
        near: For a token that is not there, the most frequent sampled tokens that begin like it.
    """

    typed: str
    reading: str
    token: str
    text: str
    raw: bytes
    kind: str
    fixed: bool
    impossible: Impossible | None
    pretokens: Sequence[str]
    counts: Sequence[CountIn]
    prefixes: Sequence[CountedToken]
    longer: Sequence[CountedToken]
    longer_tokens: int
    near: Sequence[CountedToken]

    @property
    def why_never(self) -> str | None:
        """Reason why no draw takes the token, in a few words; None if some text and batch can give it."""
        if self.kind == _native.KINDS[0]:
            return ALWAYS_SPECIAL
        return str(self.impossible.reason) if self.impossible else None

    def to_json(self) -> Mapping[str, Any]:
        """Returns the fields for JSON."""
        total, *languages = self.counts
        return {
            "typed": self.typed,
            "reading": self.reading,
            "token": self.token,
            "text": self.text,
            "hex": self.raw.hex(),
            "kind": self.kind,
            "fixed": self.fixed,
            "never_drawn": self.why_never,
            "border": self.impossible and self.impossible.offset,
            "pretokens": list(self.pretokens),
            **total.to_json(),
            "languages": {one.language: one.to_json() for one in languages},
            "prefixes": [_counted(one) for one in self.prefixes],
            "longer_tokens": self.longer_tokens,
            "longer": [_counted(one) for one in self.longer],
            "near": [_counted(one) for one in self.near],
        }


@dataclass(frozen=True, slots=True)
class ShownTokens:
    """Some tokens of one result.

    Attributes:
        tokens: The tokens.
        window: Number of consecutive draws of a stream that share texts.
        least: Count below which sampled tokens are left out of the result.
    """

    tokens: Sequence[ShownToken]
    window: int
    least: int

    def to_json(self) -> Mapping[str, Any]:
        """Returns the object that `--json` prints."""
        return {
            "schema_version": SCHEMA_VERSION,
            "window": self.window,
            "min_count": self.least,
            "tokens": [one.to_json() for one in self.tokens],
        }

    def table(self) -> tuple[Sequence[str], Sequence[Sequence[object]]]:
        """Returns the columns and the rows for CSV: a row for each token and language, `all` for all batches."""
        columns = ("typed", "reading", "token", "text", "kind", "fixed", "never_drawn", "language")
        numbers = ("batches", "count", "share", "rank", "sampled_rank", "bound_independent", "bound_worst_case")
        rows = [
            (
                *(one.typed, one.reading, one.token, one.text, one.kind, one.fixed, one.why_never),
                *(count.language or "all", count.batches, count.count, share(count.count, count.batches)),
                *(count.rank, count.sampled_rank, *(count.bound or (None, None))),
            )
            for one in self.tokens
            for count in one.counts
        ]
        return (*columns, *numbers), rows


def show_tokens(result: Counted, words: Sequence[Sequence[Reading]]) -> ShownTokens:
    """Looks up tokens.

    Args:
        result: Result to look into.
        words: For each word, the ways to read it, the most likely one first. Those that the result has are shown, or
            else the first one.
    """
    rows = TokenRows.find(result, {reading.raw for readings in words for reading in readings})
    chosen = [
        reading
        for readings in words
        for reading in ([one for one in readings if rows.row_of(one.raw) is not None] or readings[:1])
    ]
    window, least = window_batches(result.manifest), least_count(result.manifest)
    found = [rows.row_of(reading.raw) for reading in chosen]
    by_language = [
        _counts_in(result, language, found, (window, least - 1)) for language in (None, *languages_of(result))
    ]  # one column after the other, because each takes 40 MB for five million rows
    counts = zip(*by_language, strict=True)
    shown = [_shown(reading, rows, list(own)) for reading, own in zip(chosen, counts, strict=True)]
    return ShownTokens(shown, window, least)


def _counts_in(
    result: Counted, language: str | None, rows: Sequence[int | None], unseen: tuple[int, int]
) -> list[CountIn]:
    """Returns the counts of some rows in a language; None is the row of a token that the result has not.

    `unseen` has the window, and the largest number of batches that may have held a token that the result has not.
    """
    batches, counts, is_sampled = batches_of(result, language), counts_of(result, language), sampled_rows(result)
    window, most = unseen
    found = []
    for row in rows:
        count = 0 if row is None else int(counts[row])
        if row is None or not count:
            bound = inclusion_bound(batches, window, most if row is None else 0) if batches else None
            found.append(CountIn(language, batches, 0, None, None, bound))
            continue
        higher = counts > count
        among_sampled = 1 + int(np.count_nonzero(higher & is_sampled)) if is_sampled[row] else None
        found.append(CountIn(language, batches, count, 1 + int(np.count_nonzero(higher)), among_sampled, None))
    return found


def _shown(reading: Reading, rows: TokenRows, counts: Sequence[CountIn]) -> ShownToken:
    raw, row = reading.raw, rows.row_of(reading.raw)
    impossible = impossible_reason(raw)
    there = rows.tokens([row])[0] if row is not None else None
    kind = there.kind if there else _native.token_kind(raw)
    if impossible or (there and there.fixed):
        counts = [replace(count, bound=None) for count in counts]
    prefixes = [rows.row_of(raw[:length]) for length in range(min(len(raw) - 1, LONGEST), 1, -1)]
    longer = rows.beginning_with(raw)
    near = [] if there or len(longer) else rows.tokens(rows.beginning_like(raw)[:_MOST_NEIGHBOURS].tolist())
    return ShownToken(
        typed=reading.typed,
        reading=reading.name,
        token=there.token if there else _native.map_bytes(raw),
        text=_native.readable_text(raw),
        raw=raw,
        kind=kind,
        fixed=there is not None and there.fixed,
        impossible=impossible,
        pretokens=_pretokens(raw),
        counts=counts,
        prefixes=[one for one in rows.tokens([at for at in prefixes if at is not None]) if not one.fixed],
        longer=rows.tokens(longer[:_MOST_NEIGHBOURS].tolist()),
        longer_tokens=len(longer),
        near=near,
    )


def _pretokens(raw: bytes) -> list[str]:
    try:
        return _native.split(raw.decode())
    except UnicodeDecodeError:
        return []


def _counted(one: CountedToken) -> Mapping[str, Any]:
    return {"token": one.token, "text": one.text, "count": one.count}
