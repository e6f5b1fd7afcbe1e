"""Comparison of two sides: makes all of its numbers and lists."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from tokstats_parallel.answers.comparison.alignment import align
from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.count_pairs import CountPairs
from tokstats_parallel.answers.comparison.lines import LineMaker, WordLine
from tokstats_parallel.answers.comparison.log_odds import log_odds
from tokstats_parallel.answers.comparison.overlap import Overlap
from tokstats_parallel.answers.comparison.side import Side
from tokstats_parallel.answers.comparison.significance import Significance


@dataclass(frozen=True, slots=True)
class SideFacts:
    """Facts about one side.

    Attributes:
        name: Name for a reader.
        batches: Batches that the counts are of, with the window of the pools.
        tokens: Number of sampled tokens.
        occurrences: Sum of their counts.
    """

    name: str
    batches: SideBatches
    tokens: int
    occurrences: int

    @classmethod
    def of(cls, side: Side) -> Self:
        """Returns the facts about a side."""
        return cls(side.name, side.batches, len(side.counts), int(side.counts.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Differences between two sides (SPEC 4, "Comparison"). Each list has the strongest lines first.

    Attributes:
        left: Facts about the left side.
        right: Facts about the right side.
        same: Whether all tokens, the fixed ones too, have equal counts, of equally many batches.
        overlap: Likeness of the sampled tokens.
        significance: Outcome of the tests.
        typical_left: Tokens that are typical of the left side, by z-score.
        typical_right: Tokens that are typical of the right side.
        movers: Tokens whose shares differ most.
        left_only: Most frequent tokens that only the left side has.
        right_only: Most frequent tokens that only the right side has.
    """

    left: SideFacts
    right: SideFacts
    same: bool
    overlap: Overlap
    significance: Significance
    typical_left: list[WordLine]
    typical_right: list[WordLine]
    movers: list[WordLine]
    left_only: list[WordLine]
    right_only: list[WordLine]


def compare(left: Side, right: Side, top: int) -> Comparison:
    """Compares two sides.

    Args:
        left: One side.
        right: Other side.
        top: Largest number of lines in each list.

    Raises:
        ValueError: A side has a token twice.
    """
    same_fixed = left.always_held(right.fixed) and right.always_held(left.fixed)
    left, right = left.without(right.fixed), right.without(left.fixed)
    aligned = align((left.keys, left.counts), (right.keys, right.counts))
    pairs = CountPairs.of(aligned.left, aligned.right)
    batches = left.batches.batches, right.batches.batches
    significance = Significance.of(pairs, left.batches, right.batches)
    odds = log_odds(pairs, left.batches, right.batches)
    maker = LineMaker(aligned, pairs, (left.batches, right.batches), odds, significance)
    moved = np.abs(pairs.left / max(batches[0], 1) - pairs.right / max(batches[1], 1))
    equal = bool(np.array_equal(pairs.left, pairs.right))
    return Comparison(
        left=SideFacts.of(left),
        right=SideFacts.of(right),
        same=equal and batches[0] == batches[1] and same_fixed,
        overlap=Overlap.of(pairs, batches),
        significance=significance,
        typical_left=maker.lines(odds.z, top),
        typical_right=maker.lines(-odds.z, top),
        movers=maker.lines(moved, top),
        left_only=maker.lines(pairs.left * (pairs.right == 0.0), top),
        right_only=maker.lines(pairs.right * (pairs.left == 0.0), top),
    )
