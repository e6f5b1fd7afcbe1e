"""Inclusion by length and kind: recomputed token by token."""

import math
import random
from collections import defaultdict

from support.counted import made_result

from tokstats_parallel import _native
from tokstats_parallel.answers.inclusion_groups import (
    QUANTILES,
    InclusionGroup,
    inclusion_by_kind,
    inclusion_by_length,
)
from tokstats_parallel.answers.sampled_counts import SampledCounts

BATCHES = 80


def random_counts(seed: int) -> dict[str, list[int]]:
    dice = random.Random(seed)  # noqa: S311 - no secret
    words = {bytes(dice.choices(b" ab1#\xc3\xa9", k=dice.randint(2, 15))) for _ in range(400)}
    fixed = set(_native.fixed_pieces())
    tokens = sorted({_native.map_bytes(word) for word in words} - fixed)
    return {token: [min(BATCHES, round(dice.paretovariate(0.5)))] for token in tokens}


def expected(name: str, counts: list[int]) -> InclusionGroup:
    counts = sorted(counts)
    return InclusionGroup(
        name=name,
        tokens=len(counts),
        pieces=sum(counts) / BATCHES,
        mean=sum(counts) / len(counts) / BATCHES,
        quantiles=tuple(counts[math.ceil(share * len(counts)) - 1] / BATCHES for share in QUANTILES),
        stable=sum(count >= BATCHES / 2 for count in counts),
    )


def test_groups_by_length_and_kind() -> None:
    counts = random_counts(4)
    result = made_result({"go": BATCHES}, counts, special=("<|a special token|>",))
    sampled = SampledCounts.of(result)
    lengths: dict[int, list[int]] = defaultdict(list)
    kinds: dict[str, list[int]] = defaultdict(list)
    for token, (count,) in counts.items():
        lengths[len(_native.unmap_bytes(token))].append(count)
        kinds[_native.token_kind(_native.unmap_bytes(token))].append(count)
    assert inclusion_by_length(result, sampled) == [expected(str(one), lengths[one]) for one in sorted(lengths)]
    assert inclusion_by_kind(result, sampled) == [expected(one, kinds[one]) for one in _native.KINDS if one in kinds]


def test_no_sampled_token_has_no_group() -> None:
    result = made_result({"go": 3}, {})
    sampled = SampledCounts.of(result)
    assert (inclusion_by_length(result, sampled), inclusion_by_kind(result, sampled)) == ([], [])
