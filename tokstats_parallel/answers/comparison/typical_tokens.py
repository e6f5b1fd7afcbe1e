"""Typical tokens of a language: its batches hold them more than the batches of all other languages do.

The log odds of each token compare the language with all others together (SPEC 4, "Comparison"), and fragments of one
word make one line.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.count_pairs import CountPairs
from tokstats_parallel.answers.comparison.fragments import fold
from tokstats_parallel.answers.comparison.log_odds import log_odds
from tokstats_parallel.answers.counted import Counted, bytes_of
from tokstats_parallel.answers.sampled_counts import Counts, SampledCounts
from tokstats_parallel.answers.top import CountedToken, tokens_at
from tokstats_parallel.answers.unseen import window_batches

_CANDIDATES = 20
"""Number of tokens for each line from which lines are folded."""


@dataclass(frozen=True, slots=True)
class TypicalToken:
    """Token that is typical of a language, the strongest fragment of its line.

    Attributes:
        row: Row of the token in the result.
        word: Readable text of the word, as far as its fragments show it.
        token: The token, with its count in the language.
        fragments: Number of tokens of the line.
        share: Share of the language's batches that held the token.
        elsewhere: Share of the other languages' batches that held it.
        log_odds: Natural logarithm of its odds in the language over those elsewhere, with the prior.
        z: The same over its standard error.
    """

    row: int
    word: str
    token: CountedToken
    fragments: int
    share: float
    elsewhere: float
    log_odds: float
    z: float


def typical_tokens(result: Counted, sampled: SampledCounts, language: str, most: int) -> list[TypicalToken]:
    """Returns the most typical tokens of a language against all others, at most `most`, the strongest first.

    Tokens with equal scores are in the order of the result. There are none unless both sides have batches.
    """
    window, own = window_batches(result.manifest), sampled.batches_per_language[language]
    sides = SideBatches(own, window), SideBatches(sampled.batches - own, window)
    if not min(side.batches for side in sides):
        return []
    left = sampled.languages[language]
    right = sampled.total - left
    pairs = CountPairs.of(left, right)
    odds = log_odds(pairs, *sides)
    places, of_pair = _strongest(left, right, pairs, odds.z, most * _CANDIDATES)
    rows = sampled.rows(places)
    tokens = tokens_at(result, rows, left[places])
    raw = [bytes_of(token.token, token.kind) for token in tokens]
    larger = np.maximum(left[places], right[places]).tolist()
    lines = fold(range(len(tokens)), raw.__getitem__, larger.__getitem__, most)
    return [
        TypicalToken(
            row=int(rows[at]),
            word=_native.readable_text(line.word),
            token=tokens[at],
            fragments=len(line.tokens),
            share=int(left[places[at]]) / own,
            elsewhere=int(right[places[at]]) / sides[1].batches,
            log_odds=float(odds.difference[of_pair[at]]),
            z=float(odds.z[of_pair[at]]),
        )
        for line in lines
        for at in line.tokens[:1]
    ]


def _strongest(
    left: Counts, right: Counts, pairs: CountPairs, score: NDArray[np.float64], number: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the tokens with the highest scores above 0, the highest first, and the pair of counts of each."""
    order = np.argsort(-score, kind="stable")
    order = order[score[order] > 0]
    chosen = order[: int(np.searchsorted(np.cumsum(pairs.tokens[order]), number)) + 1]
    if not len(chosen):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    width = int(pairs.right.max(initial=0)) + 1
    # A typical token has one of the higher counts, so few tokens remain to be looked at.
    near = np.flatnonzero(left >= pairs.left[chosen].min())
    codes = np.multiply(left[near], width, dtype=np.int64) + right[near]
    of_pair = np.searchsorted(pairs.left * width + pairs.right, codes)
    is_chosen = np.zeros(len(pairs.left), bool)
    is_chosen[chosen] = True
    places, of_pair = near[is_chosen[of_pair]], of_pair[is_chosen[of_pair]]
    best = np.argsort(-score[of_pair], kind="stable")[:number]
    return places[best], of_pair[best]
