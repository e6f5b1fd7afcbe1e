"""Single tokens: counts, ranks and neighbours by hand, and the reasons for counts of zero."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.counted import made_result
from support.small_result import small_result

from tokstats_parallel import _native
from tokstats_parallel.answers.impossible import Reason
from tokstats_parallel.answers.show import show_tokens
from tokstats_parallel.answers.shown_token import ShownToken
from tokstats_parallel.answers.typed_token import hex_reading, readings_of
from tokstats_parallel.answers.unseen import inclusion_bound

RESULT = made_result(
    {"go": 100, "python": 200},
    {"Ġret": [40, 60], "Ġreturn": [30, 70], "Ġreturns": [0, 50], "Ġr": [1, 0], "\\n": [2, 3], "zz": [100, 200]},
    special=["</s>"],
    window=4,
)
FIXED = len(_native.fixed_pieces()) + 1


def show(word: str) -> list[ShownToken]:
    return list(show_tokens(RESULT, [readings_of(word)]).tokens)


def test_a_token_with_ranks_and_neighbours() -> None:
    (one,) = show(" return")
    assert (one.token, one.text, one.kind, one.fixed, one.reading) == (
        "Ġreturn",
        "␣return",
        "word start",
        False,
        "plain text",
    )
    # the fixed tokens and zz have higher counts; Ġret has the same count
    assert [(c.language, c.count, c.batches, c.rank, c.sampled_rank) for c in one.counts] == [
        (None, 100, 300, FIXED + 2, 2),
        ("go", 30, 100, FIXED + 3, 3),
        ("python", 70, 200, FIXED + 2, 2),
    ]
    assert [token.token for token in one.prefixes] == ["Ġret", "Ġr"]
    assert [token.token for token in one.longer] == ["Ġreturns"]
    assert one.near == []
    assert {count.bound for count in one.counts} == {None}


def test_a_zero_of_one_language_has_a_bound() -> None:
    (one,) = show("Ġreturns")
    assert one.reading == "mapped form"
    go = one.counts[1]
    assert (go.count, go.rank, go.bound) == (0, None, inclusion_bound(100, 4))


def test_what_is_not_seen_has_bounds_and_near_tokens() -> None:
    (one,) = show(" retire")
    assert one.why_never is None
    assert [count.bound for count in one.counts] == [inclusion_bound(n, 4) for n in (300, 100, 200)]
    assert [token.token for token in one.near] == ["Ġret", "Ġreturn", "Ġreturns"]
    assert one.pretokens == [" retire"]


@pytest.mark.parametrize(
    ("word", "reason", "offset", "pretokens"),
    [
        ("def __init__", Reason.BORDER, 3, ["def", " __", "init", "__"]),
        ("Ġreturnreturnreturn", Reason.TOO_LONG, 15, [" returnreturnreturn"]),
        ("a b ", Reason.TWO_BLANKS, 3, ["a", " b", " "]),
        ("हिन", Reason.MARK, 3, ["ह", "ि", "न"]),
    ],
)
def test_what_no_text_gives_has_a_reason_and_no_bound(
    word: str, reason: Reason, offset: int, pretokens: list[str]
) -> None:
    (one,) = show(word)
    assert one.impossible == (reason, offset)
    assert one.why_never == reason
    assert one.pretokens == pretokens
    assert {count.bound for count in one.counts} == {None}


def test_fixed_tokens_are_told_from_sampled_ones() -> None:
    for word, why in ((" ", "single byte"), ("\\n    ", "white-space piece"), ("</s>", "special token")):
        (one,) = show(word)
        assert (one.fixed, one.why_never, one.counts[0].rank, one.counts[0].sampled_rank) == (True, why, 1, None)


def test_a_word_that_can_be_read_in_two_ways_is_shown_in_those_that_are_there() -> None:
    newline, escape = show("\\n")
    assert (newline.raw, escape.raw) == (b"\n", b"\\n")
    (mapped,) = show("Ġreturn")
    assert mapped.raw == b" return"
    (plain,) = show("Ġzebra")  # neither is there: the likelier one
    assert plain.raw == b" zebra"


def test_bytes() -> None:
    shown = show_tokens(RESULT, [[hex_reading("20726574")], [hex_reading("ff")]])
    assert [one.token for one in shown.tokens] == ["Ġret", "ÿ"]


def test_a_long_word_takes_no_long_time() -> None:
    (one,) = show("ab" * 100_000)
    assert one.why_never == Reason.TOO_LONG


def test_json_and_csv() -> None:
    shown = show_tokens(RESULT, [readings_of(" return"), readings_of(" retire")])
    content = shown.to_json()
    assert content["schema_version"] == 1
    first, second = content["tokens"]
    assert (first["share"], first["languages"]["go"]["share"], first["hex"]) == (1 / 3, 0.3, "2072657475726e")
    assert second["bound"] == dict(zip(("independent", "worst_case"), inclusion_bound(300, 4), strict=True))
    columns, rows = shown.table()
    assert [dict(zip(columns, row, strict=True))["language"] for row in rows] == ["all", "go", "python"] * 2


def test_a_result_without_rare_tokens_says_that_a_count_may_be_more_than_zero() -> None:
    rare = replace(RESULT, manifest={"drawn": {"window": 4}, "min_count": 6})
    shown = show_tokens(rare, [readings_of(" retire"), readings_of(" returns")])
    assert shown.least == 6
    absent, there = shown.tokens
    assert [count.bound for count in absent.counts] == [inclusion_bound(n, 4, 5) for n in (300, 100, 200)]
    assert there.counts[1].bound == inclusion_bound(100, 4)


def test_the_bound_of_a_few_batches_is_that_of_clopper_and_pearson() -> None:
    independent, worst = inclusion_bound(1000, 16, 2)
    assert independent == pytest.approx(0.0062828, rel=1e-4)  # beta quantile 0.95 of (3, 998)
    assert worst == inclusion_bound(1000, 16)[1]  # two batches may be one window
    assert inclusion_bound(3, 1, 3) == (1, 1)


def test_the_bound_is_the_rule_of_three() -> None:
    independent, worst = inclusion_bound(1000, 16)
    assert (1 - independent) ** 1000 == pytest.approx(0.05)
    assert independent == pytest.approx(0.003, rel=0.01)
    assert (1 - worst) ** (1000 / 16) == pytest.approx(0.05)
    assert inclusion_bound(1, 16)[1] == pytest.approx(1)


def test_a_special_token_that_looks_like_a_mapped_form_has_the_bytes_of_its_text(tmp_path: Path) -> None:
    result = small_result(tmp_path / "result", {"go": (3, {b" ab": 2})}, ("Ġself",))
    (shown,) = show_tokens(result, [readings_of("Ġself")]).tokens
    row = result.to_arrow(["token", "text", "bytes", "kind"]).to_pylist()
    found = {"token": shown.token, "text": shown.text, "bytes": shown.raw, "kind": shown.kind}
    assert found in row
    assert (shown.raw, shown.kind) == ("Ġself".encode(), "special")
