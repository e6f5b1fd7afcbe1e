import random

import numpy as np
import pyarrow as pa
import pytest
from support.sides import make_side

from tokstats_parallel.answers.comparison import alignment
from tokstats_parallel.answers.comparison.alignment import Aligned, align
from tokstats_parallel.answers.comparison.side import Side
from tokstats_parallel.answers.comparison.token_keys import LONGEST, TokenKeys


def keys(tokens: list[bytes]) -> TokenKeys:
    made = TokenKeys.empty(len(tokens))
    made.fill(pa.array(tokens, pa.large_binary()))
    return made


def aligned(left: Side, right: Side) -> dict[bytes, tuple[int, int]]:
    both = align((left.keys, left.counts), (right.keys, right.counts))
    assert isinstance(both, Aligned)
    raw = [both.keys.raw(index) for index in range(len(both.left))]
    assert len(set(raw)) == len(raw)
    return dict(zip(raw, zip(both.left.tolist(), both.right.tolist(), strict=True), strict=True))


def test_keys_keep_the_bytes() -> None:
    tokens = [
        b"",
        b"\0",
        b"\0\0",
        b"ab",
        b"ab\0",
        b"12345678",
        b"12345678\0",
        b"123456789",
        bytes(LONGEST),
        b"\xff" * 15,
    ]
    made = keys(tokens)
    assert [made.raw(index) for index in range(len(tokens))] == tokens
    assert len({*zip(made.low.tolist(), made.high.tolist(), strict=True)}) == len(tokens)
    for index, token in enumerate(tokens):
        single = TokenKeys.of_bytes(token)
        assert (single.low[0], single.high[0]) == (made.low[index], made.high[index])


def test_keys_of_a_slice_are_those_of_its_tokens() -> None:
    made = TokenKeys.empty(2)
    made.fill(pa.array([b"none", b"longer than eight", b"one", b"two", b"none"], pa.large_binary())[2:4])
    assert [made.raw(0), made.raw(1)] == [b"one", b"two"]


def test_a_token_that_no_draw_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        keys([b"x" * 16])


def test_tokens_of_equal_order_are_sorted_by_their_bytes() -> None:
    tokens = [b"b", b"a", b"ab", b"\xff", b"longer than 8", b"longer than 9"]
    order = keys(tokens).order(np.array([0.0, 0, 0, 0, -1, -1]))
    assert [tokens[index] for index in order] == [b"longer than 8", b"longer than 9", b"a", b"ab", b"b", b"\xff"]


def test_each_token_is_there_once_with_both_counts() -> None:
    left = make_side({b"one": 3, b"two": 2, b"only left": 1}, 4)
    right = make_side({b"two": 5, b"only right": 4, b"one": 1}, 6)
    assert aligned(left, right) == {b"one": (3, 1), b"two": (2, 5), b"only left": (1, 0), b"only right": (0, 4)}


@pytest.mark.parametrize("empty", ["left", "right", "both"])
def test_a_side_may_have_no_tokens(empty: str) -> None:
    left = make_side({} if empty in ("left", "both") else {b"xy": 1}, 4)
    right = make_side({} if empty in ("right", "both") else {b"xy": 2}, 4)
    assert aligned(left, right) == {"left": {b"xy": (0, 2)}, "right": {b"xy": (1, 0)}, "both": {}}[empty]


@pytest.mark.parametrize("sizes", [(2000, 2000), (2000, 100), (1, 2500), (3, 4), (1, 1)])
def test_random_tokens_are_aligned_as_dicts_align_them(sizes: tuple[int, int]) -> None:
    dice = random.Random(5)  # noqa: S311 - no secret
    pool = [*{dice.randbytes(dice.randint(2, 15)) for _ in range(3000)}]
    sides = [{token: dice.randint(1, 99) for token in dice.sample(pool, size)} for size in sizes]
    expected = {token: (sides[0].get(token, 0), sides[1].get(token, 0)) for token in {**sides[0], **sides[1]}}
    assert aligned(make_side(sides[0], 99), make_side(sides[1], 99)) == expected


def test_tokens_that_differ_in_their_ends_alone_have_different_hashes() -> None:
    made = keys([bytes([last]) * 15 for last in range(256)] + [b"1234567" + bytes([last]) for last in range(256)])
    _, hashes = alignment._sorted_hashes(made, 10)
    assert len(np.unique(hashes)) == 512


def test_hashes_of_equal_length_tokens_use_all_bits() -> None:
    made = keys([number.to_bytes(4, "little") for number in range(1 << 16)])
    for bit in range(64):
        share = np.mean(alignment._hashes(made) >> np.uint64(bit) & np.uint64(1))
        assert 0.48 < share < 0.52


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_tokens_of_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    hashed = alignment._hashes
    monkeypatch.setattr(alignment, "_hashes", lambda made: hashed(made) & np.uint64(kept << 62))
    left = {token: place for place, token in enumerate([b"one", b"two", b"three", b"four", b"five"], 1)}
    right = {token: place for place, token in enumerate([b"six", b"five", b"two", b"seven", b"one"], 1)}
    expected = {token: (left.get(token, 0), right.get(token, 0)) for token in left | right}
    assert aligned(make_side(left, 9), make_side(right, 9)) == expected


def test_a_token_that_is_there_twice_is_refused() -> None:
    twice = keys([b"one", b"one"]), np.array([1, 1])
    with pytest.raises(ValueError, match="twice"):
        align(twice, (keys([b"two"]), np.array([1])))


def test_tokens_that_the_other_side_always_holds_are_left_out() -> None:
    left = make_side({b"def": 3, b"if": 2, b" x": 1}, 4)
    special = ("def", "Ġx", "<s>", "a special token that is long", "汉")
    kept = left.without([token.encode() for token in special])
    assert [kept.keys.raw(index) for index in range(len(kept.counts))] == [b"if"]
    assert kept.counts.tolist() == [2]
    assert left.without(left.fixed) is left
