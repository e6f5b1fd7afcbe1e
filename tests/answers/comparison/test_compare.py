import random

from support.sides import make_side

from tokstats_parallel.answers.comparison.compare import Comparison, compare
from tokstats_parallel.answers.comparison.lines import WordLine


def texts(lines: list[WordLine]) -> list[str]:
    return [line.text for line in lines]


def test_equal_sides_are_the_same() -> None:
    counts = {b"one": 3, b"two": 2}
    equal = compare(make_side(counts, 4), make_side(counts, 4), 5)
    assert equal.same
    assert (equal.overlap.jaccard, equal.significance.left, equal.significance.right) == (1, 0, 0)
    assert [equal.typical_left, equal.typical_right, equal.movers, equal.left_only, equal.right_only] == [[]] * 5


def test_sides_differ_by_a_count_or_the_batches_or_a_fixed_token() -> None:
    side = make_side({b"one": 3}, 4)
    assert not compare(side, make_side({b"one": 2}, 4), 5).same
    assert not compare(side, make_side({b"one": 3, b"two": 1}, 4), 5).same
    assert not compare(side, make_side({b"one": 3}, 5), 5).same
    assert not compare(side, make_side({b"one": 3}, 4, fixed=(b"a", b"<s>")), 5).same


def test_a_special_token_that_one_side_takes_for_sampled_is_no_difference() -> None:
    known = make_side({b"one": 3}, 4, fixed=(b"a", b"PAD"))
    unknown = make_side({b"PAD": 4, b"one": 3}, 4)
    assert compare(known, unknown, 5).same
    assert compare(unknown, known, 5).same
    assert not compare(known, make_side({b"PAD": 3, b"one": 3}, 4), 5).same


def test_sides_without_tokens_are_the_same() -> None:
    assert compare(make_side({}, 4), make_side({}, 4), 5).same


def test_each_list_has_its_tokens_the_strongest_first() -> None:
    left = make_side({b" def": 90, b" self": 60, b" the": 50, b"rare": 2, b"common": 77}, 100)
    right = make_side({b"std::": 180, b" the": 110, b"rare": 3, b"common": 154, b"vector": 20}, 200)
    made = compare(left, right, 9)
    assert texts(made.left_only) == ["␣def", "␣self"]
    assert texts(made.right_only) == ["std::", "vector"]
    assert texts(made.typical_left) == ["␣def", "␣self", "rare"]
    assert texts(made.typical_right)[:2] == ["std::", "vector"]
    assert texts(made.movers)[:3] == ["␣def", "std::", "␣self"]
    assert (made.left.tokens, made.left.occurrences, made.right.tokens) == (5, 279, 5)
    token = made.typical_left[0].tokens[0]
    assert (token.token, token.text, token.counts, token.shares) == ("Ġdef", "␣def", (90, 0), (0.9, 0.0))
    assert token.ranks == (1, None)
    assert token.is_significant
    assert made.typical_left[2].tokens[0].ranks == (5, 5)
    assert not made.typical_left[2].tokens[0].is_significant


def test_fragments_of_a_word_are_one_line() -> None:
    left = make_side({b" uintp": 50, b" uintpt": 48, b"tptr": 45, b"other": 30}, 100)
    made = compare(left, make_side({}, 100), 9)
    assert texts(made.left_only) == ["␣uintptr", "other"]
    assert [token.text for token in made.left_only[0].tokens] == ["␣uintp", "␣uintpt", "tptr"]


def test_lists_have_no_more_lines_than_wanted_and_equal_scores_go_by_their_bytes() -> None:
    dice = random.Random(2)  # noqa: S311 - no secret
    tokens = sorted({bytes(dice.choices(b"abcdefgh", k=6)) for _ in range(3000)})
    shuffled = dice.sample(tokens, len(tokens))
    made = compare(make_side(dict.fromkeys(shuffled, 1), 2), make_side({}, 2), 3)
    lines = made.left_only
    assert len(lines) == 3
    assert lines[0].tokens[0].token == tokens[0].decode()


def test_hostile_tokens_are_shown_by_their_readable_text() -> None:
    raw = [b"\x1b[31m", "\u202etxt".encode(), b"\xff\xfe", b"[bold]", b"=1+1", b"\r\n"]
    made = compare(make_side(dict.fromkeys(raw, 5), 5), make_side({}, 5), 9)
    shown = texts(made.left_only)
    assert len(shown) == len(raw)
    assert all(text.isprintable() for text in shown)


def test_special_tokens_of_one_side_are_no_difference_of_the_sampled_ones() -> None:
    left = make_side({b"pad": 3, b"one": 3}, 4)
    right = make_side({b"one": 3}, 4, fixed=(b"a", b"pad"))
    made = compare(left, right, 5)
    assert (made.overlap.left_only, made.overlap.common, made.same) == (0, 1, False)


def test_exchanged_sides_have_exchanged_lists() -> None:
    dice = random.Random(6)  # noqa: S311 - no secret
    pool = [dice.randbytes(dice.randint(2, 15)) for _ in range(900)]
    one, other = (
        make_side({token: dice.randint(1, batches) for token in dice.sample(pool, 600)}, batches, window=3)
        for batches in (300, 500)
    )
    there, back = compare(one, other, 20), compare(other, one, 20)
    assert texts(there.typical_left) == texts(back.typical_right)
    assert texts(there.typical_right) == texts(back.typical_left)
    assert texts(there.left_only) == texts(back.right_only)
    assert texts(there.movers) == texts(back.movers)
    assert significant(there) == significant(back)[::-1]


def significant(made: Comparison) -> tuple[int, int]:
    return made.significance.left, made.significance.right
