"""Shown tokens: what a result knows about single tokens, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokstats_parallel import _native
from tokstats_parallel.answers.counted import share
from tokstats_parallel.answers.impossible import Impossible
from tokstats_parallel.answers.top import CountedToken

SCHEMA_VERSION = 1
ALWAYS_SPECIAL = "special token"


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


def _counted(one: CountedToken) -> Mapping[str, Any]:
    return {"token": one.token, "text": one.text, "count": one.count}
