"""Chosen tokens: the frequent, the typical, and some of all ranks."""

from itertools import pairwise

from support.counted import made_result

from tokstats_parallel.answers.chosen_tokens import ChosenToken, chosen_tokens
from tokstats_parallel.answers.counted import column
from tokstats_parallel.answers.sampled_counts import SampledCounts

TOKENS = [f"{one}{other}{last}" for one in "abcdefghij" for other in "abcdefghij" for last in "abcdefghij"]
RESULT = made_result(
    {"go": 700, "c": 600},
    {token: [max(1, 700 - at), max(0, 300 - at)] for at, token in enumerate(TOKENS)},
    special=("<s>",),
)
SAMPLED = SampledCounts.of(RESULT)


def names(chosen: list[ChosenToken]) -> list[str]:
    return [one.token.token for one in chosen]


def test_all_tokens_if_they_are_few() -> None:
    chosen = chosen_tokens(RESULT, SAMPLED, 1000)
    assert names(chosen) == TOKENS
    assert [one.token.count for one in chosen[:2]] == [1000, 998]
    assert chosen[1].counts == (699, 299)


def test_ranks_are_those_of_the_counts() -> None:
    counts = [sum(SAMPLED.total.tolist()[at : at + 1]) for at in range(1000)]
    for one in chosen_tokens(RESULT, SAMPLED, 1000):
        assert one.rank == 1 + sum(count > one.token.count for count in counts)


def test_most_frequent_ones_and_some_of_all_ranks() -> None:
    chosen = names(chosen_tokens(RESULT, SAMPLED, 90))
    assert len(chosen) == 90  # none is chosen twice
    assert chosen == sorted(chosen)  # as the counts fall
    assert chosen[:60] == TOKENS[:60]
    assert chosen[-1] == TOKENS[-1]
    rest = [TOKENS.index(token) for token in chosen[60:]]
    assert max(later - before for before, later in pairwise(rest)) < 120


def test_typical_ones_are_chosen_first() -> None:
    tokens = column(RESULT, "token").to_pylist()
    typical = [tokens.index(TOKENS[at]) for at in (999, 500, 3)]
    chosen = names(chosen_tokens(RESULT, SAMPLED, 30, typical=typical))
    assert {TOKENS[999], TOKENS[500], TOKENS[3]} < set(chosen)
    assert len(chosen) == 28  # two of them are frequent, or one of the others, too
    assert names(chosen_tokens(RESULT, SAMPLED, 2, typical=typical)) == [TOKENS[500], TOKENS[999]]


def test_no_token_is_wanted_or_there() -> None:
    assert chosen_tokens(RESULT, SAMPLED, 0) == []
    empty = made_result({"go": 1}, {})
    assert chosen_tokens(empty, SampledCounts.of(empty), 9) == []
