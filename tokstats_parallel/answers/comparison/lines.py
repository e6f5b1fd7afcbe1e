"""Lines of a comparison: the tokens that are shown, with all that is known of each on both sides."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tokstats_parallel import _native
from tokstats_parallel.answers.comparison.alignment import Aligned, Counts
from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.count_pairs import CountPairs, ranks
from tokstats_parallel.answers.comparison.fragments import Line, fold
from tokstats_parallel.answers.comparison.log_odds import LogOdds
from tokstats_parallel.answers.comparison.significance import FALSE_DISCOVERY_RATE, Significance

_CANDIDATES = 20
"""Number of tokens for each line from which lines are folded."""
_LARGEST_TABLE = 1 << 24


@dataclass(frozen=True, slots=True)
class ComparedToken:
    """Token on both sides.

    Attributes:
        token: Token, mapped.
        text: Its readable text.
        counts: Batches whose vocabulary held it.
        shares: Counts over the batches of each side.
        ranks: 1 more than the number of sampled tokens with a higher count on the side; None where it has it not.
        log_odds: Natural logarithm of its odds on the left side over those on the right side, with the prior.
        z: The same over its standard error.
        q: Adjusted p-value of the difference of its shares.
    """

    token: str
    text: str
    counts: tuple[int, int]
    shares: tuple[float, float]
    ranks: tuple[int | None, int | None]
    log_odds: float
    z: float
    q: float

    @property
    def is_significant(self) -> bool:
        """Tells whether the shares differ by more than chance."""
        return self.q <= FALSE_DISCOVERY_RATE


@dataclass(frozen=True, slots=True)
class WordLine:
    """Tokens that are fragments of one word.

    Attributes:
        text: Readable text of the word, as far as its fragments show it.
        tokens: Tokens, the strongest first.
    """

    text: str
    tokens: tuple[ComparedToken, ...]


class LineMaker:
    """Maker of the lines of one comparison: ranks tokens by a score of their pairs of counts, and folds fragments."""

    def __init__(
        self,
        aligned: Aligned,
        pairs: CountPairs,
        sides: tuple[SideBatches, SideBatches],
        odds: LogOdds,
        significance: Significance,
    ) -> None:
        """Takes the aligned tokens, and what is known of their pairs of counts."""
        self._aligned, self._pairs, self._odds, self._q = aligned, pairs, odds, significance.q
        self._batches = sides[0].batches, sides[1].batches
        self._ranks = ranks(pairs.left, pairs.tokens), ranks(pairs.right, pairs.tokens)
        self._width = int(pairs.right.max(initial=0)) + 1
        self._codes = pairs.left * self._width + pairs.right  # ascending, as the pairs are

    def lines(self, score: NDArray[np.float64], most: int) -> list[WordLine]:
        """Returns at most `most` lines of the tokens with the highest scores above 0; equal scores by their bytes.

        Args:
            score: Score of each pair of counts.
            most: Largest number of lines.
        """
        tokens = self._strongest(score, most * _CANDIDATES)
        known = {int(token): self._aligned.keys.raw(int(token)) for token in tokens}
        folded = fold(known, known.__getitem__, self._larger_count, most)
        return [self._word_line(line, known) for line in folded]

    def _strongest(self, score: NDArray[np.float64], number: int) -> Counts:
        """Returns the indices of the tokens with the highest scores, the highest first."""
        order = np.argsort(-score, kind="stable")
        order = order[score[order] > 0]
        enough = int(np.searchsorted(np.cumsum(self._pairs.tokens[order]), number)) + 1
        chosen = order[:enough]
        aligned = self._aligned
        near = _is_among(aligned.left, self._pairs.left[chosen])
        near &= _is_among(aligned.right, self._pairs.right[chosen])
        tokens = np.flatnonzero(near)
        pairs = self._pairs_of(tokens)
        of_chosen = np.isin(pairs, chosen)
        tokens, pairs = tokens[of_chosen], pairs[of_chosen]
        return tokens[aligned.keys.taken(tokens).order(-score[pairs])][:number]

    def _pairs_of(self, tokens: Counts) -> Counts:
        """Returns the index of the pair of counts of each token."""
        codes = self._aligned.left[tokens] * self._width + self._aligned.right[tokens]
        return np.searchsorted(self._codes, codes)

    def _larger_count(self, token: int) -> int:
        return int(max(self._aligned.left[token], self._aligned.right[token]))

    def _word_line(self, line: Line, known: dict[int, bytes]) -> WordLine:
        tokens = tuple(self._compared(token, known[token]) for token in line.tokens)
        return WordLine(_native.readable_text(line.word), tokens)

    def _compared(self, token: int, raw: bytes) -> ComparedToken:
        pair = int(self._pairs_of(np.array([token]))[0])
        counts = int(self._pairs.left[pair]), int(self._pairs.right[pair])
        left_rank, right_rank = (
            int(of_side[pair]) if count else None for count, of_side in zip(counts, self._ranks, strict=True)
        )
        return ComparedToken(
            token=_native.map_bytes(raw),
            text=_native.readable_text(raw),
            counts=counts,
            shares=(counts[0] / max(self._batches[0], 1), counts[1] / max(self._batches[1], 1)),
            ranks=(left_rank, right_rank),
            log_odds=float(self._odds.difference[pair]),
            z=float(self._odds.z[pair]),
            q=float(self._q[pair]),
        )


def _is_among(counts: Counts, wanted: Counts) -> NDArray[np.bool_]:
    """Tells for each count whether it is one of the wanted ones."""
    highest = int(wanted.max(initial=0))
    if highest > _LARGEST_TABLE:
        return np.isin(counts, wanted)
    table = np.zeros(highest + 2, bool)
    table[wanted] = True
    return table[np.minimum(counts, highest + 1)]
