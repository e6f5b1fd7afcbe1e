"""Typical tokens of a language against all others: compared with the comparison of two sides."""

import math
import random

import pytest
from support.counted import made_result
from support.sides import make_side

from tokstats_parallel import _native
from tokstats_parallel.answers.comparison.compare import compare
from tokstats_parallel.answers.comparison.typical_tokens import typical_tokens
from tokstats_parallel.answers.sampled_counts import SampledCounts

BATCHES = {"go": 300, "c": 200, "lua": 100}


def random_counts() -> dict[str, list[int]]:
    dice = random.Random(11)  # noqa: S311 - no secret
    words = sorted({bytes(dice.choices(b"abcdefgh ", k=dice.randint(3, 8))) for _ in range(900)})
    rows = [[min(most, int(dice.expovariate(6 / most))) for most in BATCHES.values()] for _ in words]
    return {
        _native.map_bytes(word): row for word, row in zip(words, rows, strict=True) if sum(row) and word.count(b" ") < 2
    }


@pytest.mark.parametrize("language", BATCHES)
def test_like_the_comparison_with_all_others_as_the_other_side(language: str) -> None:
    counts, at, own = random_counts(), list(BATCHES).index(language), BATCHES[language]
    result = made_result(BATCHES, counts, window=4)
    found = typical_tokens(result, SampledCounts.of(result), language, 8)
    raw = {_native.unmap_bytes(token): row for token, row in counts.items()}
    left = make_side({token: row[at] for token, row in raw.items()}, own, window=4)
    right = make_side({token: sum(row) - row[at] for token, row in raw.items()}, 600 - own, window=4)
    lines = compare(left, right, 8).typical_left
    assert [(one.word, one.token.token, one.fragments) for one in found] == [
        (line.text, line.tokens[0].token, len(line.tokens)) for line in lines
    ]
    for one, line in zip(found, lines, strict=True):
        assert (one.share, one.elsewhere) == line.tokens[0].shares
        assert (one.log_odds, one.z) == pytest.approx((line.tokens[0].log_odds, line.tokens[0].z))
        assert one.token.count == counts[one.token.token][at]
        assert result.table["token"][one.row].as_py() == one.token.token


def test_log_odds_by_hand() -> None:
    result = made_result({"go": 8, "c": 12}, {"aa": [6, 3], "bb": [1, 9]}, window=2)
    (found,) = typical_tokens(result, SampledCounts.of(result), "go", 5)
    pooled, prior = 9.5 / 21, 4
    (held, lacking), (held_there, lacking_there) = (
        (effective * share + prior * pooled, effective * (1 - share) + prior * (1 - pooled))
        for effective, share in ((4, 6 / 8), (6, 3 / 12))
    )
    difference = math.log(held / lacking) - math.log(held_there / lacking_there)
    error = math.sqrt(1 / held + 1 / lacking + 1 / held_there + 1 / lacking_there)
    assert found.word == "aa"
    assert found.log_odds == pytest.approx(difference)
    assert found.z == pytest.approx(difference / error)


def test_tokens_of_equal_scores_have_the_order_of_the_result() -> None:
    tokens = [f"{one}{one}{other}{other}" for one in "abcdef" for other in "uvwxyz"]
    result = made_result({"go": 5, "c": 5}, {token: [5, 0] for token in reversed(tokens)})
    found = typical_tokens(result, SampledCounts.of(result), "go", 4)
    assert [one.token.token for one in found] == tokens[:4]


@pytest.mark.parametrize("batches", [{"go": 5}, {"go": 5, "c": 0}])
def test_no_other_language_has_batches(batches: dict[str, int]) -> None:
    result = made_result(batches, {"aa": [5] + [0] * (len(batches) - 1)})
    assert typical_tokens(result, SampledCounts.of(result), "go", 4) == []


def test_no_token_is_typical() -> None:
    result = made_result({"go": 5, "c": 5}, {"aa": [5, 5]})
    assert typical_tokens(result, SampledCounts.of(result), "go", 4) == []
