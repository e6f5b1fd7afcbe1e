"""The oracle against cases worked out by hand, at least one for every rule; comments say why."""

import doctest
import math
from collections import Counter

import numpy as np
import oracle
import pytest
import regex  # type: ignore[import-untyped]
from support.strategies import SEPARATORS, WHITE_SPACE


def test_examples_in_docstrings_hold() -> None:
    outcome = doctest.testmod(oracle)
    assert outcome.attempted > 10
    assert outcome.failed == 0


def test_white_space_is_the_unicode_property() -> None:
    everything = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    assert set(WHITE_SPACE) == set(regex.findall(r"\p{White_Space}", everything))
    assert set(WHITE_SPACE) == set(regex.findall(r"\s", everything))  # what the pattern's \s takes
    assert set(WHITE_SPACE + SEPARATORS) == {character for character in everything if not character.strip()}
    assert len(WHITE_SPACE) == 25


@pytest.mark.parametrize(
    ("raw", "mapped"),
    [
        (b"A~!", "A~!"),  # printable ASCII stays
        (b" \n\t", "ĠĊĉ"),  # U+0100 + 32, + 10, + 9: the first 33 bytes come in order
        (b"\x00\r", "Āč"),
        (b"\x7f\xa0", "ġł"),  # the next 34, 0x7F to 0xA0, are U+0121 to U+0142
        (b"\xad", "Ń"),  # the last without a glyph, U+0143
        ("é日".encode(), "Ã©æĹ¥"),  # C3 A9, E6 97 A5; 0x97 is the 25th of the 34: U+0121 + 24 = U+0139
    ],
)
def test_byte_level_mapping(raw: bytes, mapped: str) -> None:
    assert oracle.map_bytes(raw) == mapped


def test_mapped_bytes_are_256_different_characters() -> None:
    assert len(set(oracle.BYTE_CHARACTERS)) == 256


@pytest.mark.parametrize(
    ("text", "pretokens"),
    [
        ("", []),
        (" the cat", [" the", " cat"]),  # one space goes with the word behind it
        ("abc123_x", ["abc", "123", "_", "x"]),  # letters, numbers and the rest part
        ("²½Ⅷ٣ 1", ["²½Ⅷ٣", " 1"]),  # No, Nl and Nd are all numbers
        ("'tis", ["'t", "is"]),  # the contraction wins at its position, though it is no contraction
        (" 'tis", [" '", "tis"]),  # at the space none fits: space and apostrophe are a run of the rest
        ("don't", ["don", "'t"]),
        ("I'LL", ["I", "'", "LL"]),  # contractions are lower case only
        ("we'red", ["we", "'re", "d"]),
        ("you're've", ["you", "'re", "'ve"]),
        ("'l'll", ["'", "l", "'ll"]),  # one l alone is no contraction
        ("''s", ["''", "s"]),  # at the first apostrophe the run of the rest takes both
        ("a\u2019s", ["a", "\u2019", "s"]),  # the curly one is no apostrophe
        ("a  b", ["a", " ", " b"]),  # the last space is given back to the word
        ("a   ", ["a", "   "]),  # none to give it to
        ("a\n b", ["a", "\n", " b"]),
        ("a \nb", ["a", " ", "\n", "b"]),  # given back, but only a space can lead a word
        ("a\t\tb", ["a", "\t", "\t", "b"]),
        ("a\u3000\u00a0 b", ["a", "\u3000\u00a0", " b"]),
        ("a\u2028\u0085b", ["a", "\u2028", "\u0085", "b"]),
        ("a \x1cb", ["a", " \x1c", "b"]),  # not White_Space: of the rest
        ("a \u200bb", ["a", " \u200b", "b"]),  # neither is the zero-width space
        ("a\0\0b", ["a", "\0\0", "b"]),
        ("👩‍👧 x", ["👩‍👧", " x"]),  # symbols and joiner are one run of the rest
        ("e\u0301a", ["e", "\u0301", "a"]),  # a mark is no letter
        ("नि", ["न", "ि"]),  # nor is a vowel sign
        ("汉字かな 한", ["汉字かな", " 한"]),  # scripts do not part, categories do
    ],
)
def test_split(text: str, pretokens: list[str]) -> None:
    assert oracle.split(text) == pretokens


@pytest.mark.parametrize("blank", WHITE_SPACE)
def test_only_the_space_leads_a_word(blank: str) -> None:
    assert oracle.split(f"a{blank}b") == (["a", " b"] if blank == " " else ["a", blank, "b"])
    assert oracle.split(f"a{blank}{blank}") == ["a", blank * 2]


@pytest.mark.parametrize(
    ("pretoken", "first", "stride", "offsets"),
    [
        ("the", False, 1, [0, 1, 2]),  # ASCII: every byte
        (" hello", False, 4, [0, 4]),
        (" hello", True, 1, [0, 0, 1, 2, 3, 4, 5]),  # the extra 0
        (" hello", True, 2, [0, 1, 3, 5]),
        (" hello", True, 4, [0, 3]),
        ("a", True, 4, [0]),  # of 0, 0
        ("éa", False, 1, [0, 1]),  # l = 2, 1: o_1 = l_1 = 1, inside é (bytes 0 and 1)
        ("aé", False, 1, [0, 2]),  # l = 1, 2: o_1 = 2, inside é (bytes 1 and 2)
        (" 日本", False, 1, [0, 3, 6]),  # l = 1, 3, 3: the last byte of each character
        ("日本語", False, 1, [0, 3, 6]),  # equal lengths: the characters' own offsets
        ("日本語x", False, 2, [0, 6]),  # of 0, 3, 6, 7
        ("😀a", False, 1, [0, 1]),
        ("😀é日a", False, 1, [0, 2, 5, 6]),  # l = 4, 2, 3, 1
        ("a😀b", True, 2, [0, 4]),  # of 0, 0, 4, 5
        ("abc", False, 9, [0]),
    ],
)
def test_starts(pretoken: str, first: bool, stride: int, offsets: list[int]) -> None:
    assert oracle.starts(pretoken, first=first, stride=stride) == offsets


@pytest.mark.parametrize(
    ("pretoken", "max_length", "stride", "pieces"),
    [
        ("abc", 16, 1, ["a", "ab", "abc", "b", "bc", "c"]),
        ("abc", 3, 1, ["a", "ab", "b", "bc", "c"]),  # max_length is exclusive
        ("abcde", 16, 4, ["a", "ab", "abc", "abcd", "abcde", "e"]),
        ("aé", 16, 1, ["a", "aÃ", "aÃ©", "©"]),  # from 0, and from 2 in the middle of é
        ("\0", 16, 1, ["Ā"]),
    ],
)
def test_substrings(pretoken: str, max_length: int, stride: int, pieces: list[str]) -> None:
    taken = oracle.substrings(pretoken, first=False, max_length=max_length, stride=stride)
    assert list(taken) == pieces


def test_substrings_have_at_most_15_bytes_and_end_with_the_pretoken() -> None:
    taken = Counter(map(len, oracle.substrings("a" * 20, first=False, max_length=16, stride=4)))
    # Starts 0, 4, 8, 12, 16 have 20, 16, 12, 8, 4 bytes left: a length comes from those that have as many.
    assert taken == {length: sum(left >= length for left in (20, 16, 12, 8, 4)) for length in range(1, 16)}


@pytest.mark.parametrize(
    ("texts", "stride", "expected"),
    [
        # " a" from 0, 0 and 1; Ġ has two bytes in UTF-8
        ({"a": 1}, 1, {"Ġ": 2 * 2, "Ġa": 2 * 3, "a": 1}),
        ({"a": 1}, 2, {"Ġ": 2, "Ġa": 3, "a": 1}),  # of 0, 0, 1: 0 and 1
        ({"a": 5}, 4, {"Ġ": 5 * 2, "Ġa": 5 * 3}),
        # only the first pretoken has the extra 0
        ({"a b": 1}, 1, {"Ġ": 3 * 2, "Ġa": 2 * 3, "a": 1, "Ġb": 3, "b": 1}),
        # "  a": the first pretoken is the space alone
        ({" a": 1}, 1, {"Ġ": 3 * 2, "Ġa": 3, "a": 1}),
        ({"": 1}, 4, {"Ġ": 2}),  # the space put in front is all there is
        ({"": 1}, 1, {"Ġ": 2 * 2}),
        ({"": 1, "a": 2}, 4, {"Ġ": 2 + 2 * 2, "Ġa": 2 * 3}),
        # " é" from 0: every mapped character has two bytes
        ({"é": 1}, 4, {"Ġ": 2, "ĠÃ": 4, "ĠÃ©": 6}),
        # pretokens " '" and "t"
        ({"'t": 1}, 4, {"Ġ": 2, "Ġ'": 3, "t": 1}),
        # pretokens " a" and "\r\r", which is no blank of the three
        ({"a\r\r": 1}, 4, {"Ġ": 2, "Ġa": 3, "č": 2, "čč": 4}),
        ({}, 4, {}),
    ],
)
def test_scores(texts: dict[str, int], stride: int, expected: dict[str, int]) -> None:
    assert oracle.scores(texts, stride=stride) == expected


def test_fixed_pieces() -> None:
    pieces = oracle.fixed_pieces()
    assert len(pieces) == len(set(pieces)) == 256 + 135
    assert [pieces[byte] for byte in (0, 32, 65, 255)] == ["Ā", "Ġ", "A", "ÿ"]
    # Ġ once, with each of the three in front; Ġ twice, ...
    assert pieces[256:262] == ["ĠĠ", "ĊĠ", "ĉĠ", "ĠĠĠ", "ĊĠĠ", "ĉĠĠ"]
    assert pieces[-3:] == ["Ġ" + "ĉ" * 15, "Ċ" + "ĉ" * 15, "ĉ" * 16]
    assert not any(map(oracle.is_eligible, pieces))
    assert [len(oracle.fixed_pieces(max_length)) for max_length in (1, 2, 10, 100)] == [256, 265, 337, 1147]


@pytest.mark.parametrize(
    ("piece", "answer"),
    [
        ("a", False),
        ("Ā", False),  # one byte, though two in UTF-8
        ("aa", True),
        ("Ġa", True),  # one blank may be anywhere
        ("aĠ", True),
        ("Ã©", True),
        ("čč", True),  # the carriage return is none of the three
        ("ĠĠ", False),
        ("ĊĠa", False),
        ("ĠaĊ", False),  # neighbours or not
    ],
)
def test_eligibility(piece: str, answer: bool) -> None:
    assert oracle.is_eligible(piece) is answer
    assert (piece in oracle.eligible({piece: 7})) is answer


def assemble(rows: list[str], *, span: int, start: int = 0, pack: bool = True, crop: bool = True) -> str:
    return oracle.make_text(
        rows, lambda appended: appended, lambda _: start, span=span, pack=pack, crop=crop, eos="</s>"
    )


@pytest.mark.parametrize(
    ("rows", "span", "text"),
    [
        (["ab", "cd"], 6, "ab"),  # 2 and the 4 of the eos make the span; the eos is dropped
        (["ab", "cd"], 7, "ab</s>c"),  # one short: a row more, then cut at the span
        (["abcdefgh", "x"], 3, "abc"),
        (["ab", "cd"], 2, "ab"),  # an eos longer than the span
        ([" a\n", "\t", "\u3000\x85", "", "b "], 7, "a</s>b"),  # empty rows bring no eos
        (["\n", "  a  b  ", "x"], 8, "a  b"),  # the first row too; white space inside stays
        (["\u2028\xa0a \u200b\v", "x"], 4, "a \u200b"),  # U+200B is not stripped, nor is what it guards
        (["\x1c\x1d\x1e\x1f", "\x1ca\x1eb\x1f"], 3, "a\x1eb"),  # the separators are white space for `str.strip`
        (["日本", "語", "x"], 8, "日本</s>語"),  # characters count, not bytes
        (["ab\0", "x"], 7, "ab\0"),
    ],
)
def test_packing(rows: list[str], span: int, text: str) -> None:
    assert assemble(rows, span=span) == text


def test_packing_without_an_eos_string() -> None:
    text = oracle.make_text(["ab", "cd", "ef"], lambda i: i, lambda _: 0, span=5, pack=True, crop=True, eos="")
    assert text == "abcde"


@pytest.mark.parametrize(
    ("rows", "text"),
    [([" ab ", "cd"], "ab"), ([" ", "abcdefghij"], "abcde"), (["", "\n", "ab", "cd"], "ab")],
)
def test_without_packing_the_first_filled_row_is_the_text(rows: list[str], text: str) -> None:
    assert assemble(rows, span=5, pack=False) == text


def test_rows_come_in_the_order_asked_for() -> None:
    order = [2, 0, 2]
    text = oracle.make_text(["a", "b", "c"], order.__getitem__, lambda _: 0, span=6, pack=True, crop=True, eos="|")
    assert text == "c|a|c"  # "c|", "c|a|" and "c|a|c|", which has 6


def test_crop_takes_a_span_from_the_start() -> None:
    assert assemble(["abcdefgh"], span=3, start=5) == "fgh"  # 5 = 8 - 3 is the last start
    assert assemble(["abcdefgh"], span=3, start=5, crop=False) == "abc"


def test_crop_start_knows_the_length_without_the_last_eos() -> None:
    lengths: list[int] = []

    def start(characters: int) -> int:
        lengths.append(characters)
        return 0

    oracle.make_text(["日本語", "é"], lambda i: i, start, span=9, pack=True, crop=True, eos="</s>")
    assert lengths == [3 + 4 + 1]


def test_pool_of_a_draw() -> None:
    # Draw 2 of a pool of 3 batches of 2 texts: batches 3, 4, 5, texts 6 to 11.
    assert set(oracle.pool_texts(str, 2, batch_texts=2, batches=3)) == set(map(str, range(6, 12)))


def test_same_texts_count_once_in_a_batch_and_again_in_the_next() -> None:
    # Draw 0: batches 1, 2 and 3.
    pool = oracle.pool_texts(["xxxx", "aab", "aac", "aaa"].__getitem__, 0, batch_texts=1, batches=3)
    assert pool == {"aab": 1, "aac": 1, "aaa": 1}
    pool = oracle.pool_texts("xxaaabbb".__getitem__, 0, batch_texts=2, batches=3)  # aa, ab, bb
    assert pool == {"a": 2, "b": 2}


def test_successive_pools_share_all_but_one_batch() -> None:
    pools = [oracle.pool_texts(str, draw, batch_texts=4, batches=3) for draw in (7, 8)]
    assert set(pools[0] - pools[1]) == set(map(str, range(32, 36)))  # batch 8 left
    assert set(pools[1] - pools[0]) == set(map(str, range(44, 48)))  # batch 11 came


@pytest.mark.parametrize(
    ("normal", "size"),
    [(392.999, 392), (391.2, 392), (-1e9, 392), (500.0, 500), (500.01, 500), (1e9, 500)],
)
def test_vocabulary_size(normal: float, size: int) -> None:
    assert oracle.vocabulary_size(normal, size_min=392, size_max=500) == size


@pytest.mark.parametrize("normal", [0.0, 450.0, 1e9])
def test_a_maximum_below_the_minimum_wins(normal: float) -> None:
    assert oracle.vocabulary_size(normal, size_min=500, size_max=400) == 400


@pytest.mark.parametrize(
    ("k", "must", "tied", "share"),
    [
        (1, {"aa"}, set(), 0),
        (2, {"aa"}, {"bb", "cc", "dd"}, 1),
        (3, {"aa"}, {"bb", "cc", "dd"}, 2),
        (4, {"aa", "bb", "cc", "dd"}, set(), 0),
        (5, {"aa", "bb", "cc", "dd", "ee"}, set(), 0),
        (9, {"aa", "bb", "cc", "dd", "ee"}, set(), 0),
    ],
)
def test_highest(k: int, must: set[str], tied: set[str], share: int) -> None:
    candidates = {"bb": 5, "aa": 9, "ee": 1, "cc": 5, "dd": 5}
    found = oracle.highest(candidates, k)
    if not tied:  # where the whole class fits, it makes no difference which of the two sets holds it
        assert found[2] == len(found[1])
        found = (found[0] | found[1], set(), 0)
    assert found == (must, tied, share)


def test_noised_draw_without_noise_is_the_order_of_the_scores() -> None:
    scores = {"ab": 2, "cd": 6, "ef": 4, "x": 8}  # x is not eligible, but in the sum of 20
    draw = oracle.noised_draw(scores, 9, 0.0, np.random.default_rng(1))
    assert draw == [("cd", 0.3), ("ef", 0.2), ("ab", 0.1)]
    assert oracle.noised_draw(scores, 2, 0.0, np.random.default_rng(1)) == draw[:2]


def test_ties_are_broken_evenly() -> None:
    rng = np.random.default_rng(2)
    scores = {"ab": 2, "cd": 2, "ef": 2, "gh": 2, "ij": 3}
    draws = [oracle.noised_draw(scores, 3, 0.0, rng) for _ in range(4000)]
    assert all(draw[0][0] == "ij" for draw in draws)
    times = Counter(piece for draw in draws for piece, _ in draw[1:])
    assert all(abs(times[piece] - 2000) < 4 * math.sqrt(4000 / 4) for piece in ("ab", "cd", "ef", "gh"))


def test_noise_is_added_to_the_share_of_the_sum() -> None:
    rng = np.random.default_rng(3)
    scores = {"ab": 60, "cd": 50, "x": 890}
    wins = sum(oracle.noised_draw(scores, 1, 0.005, rng)[0][0] == "ab" for _ in range(4000))
    # 0.06 and 0.05 with noise of 0.005 each: the difference is Normal(0.01, 0.005 x sqrt 2),
    # which is above 0 from -sqrt 2 sigmas on.
    probability = 0.5 * (1 + math.erf(1.0))
    assert abs(wins - 4000 * probability) < 4 * math.sqrt(4000 * probability * (1 - probability))


def test_values_that_are_not_positive_are_equal() -> None:
    rng = np.random.default_rng(4)
    scores = {"ab": 10, "cd": 1, "ef": 1}
    last = Counter[str]()
    for _ in range(6000):
        draw = oracle.noised_draw(scores, 3, 1.0, rng)
        values = [value for _, value in draw]
        assert values == sorted(values, reverse=True)
        assert min(values) >= 0.0
        if values[0] == 0.0:  # none is above: the order is chance, whatever the scores
            last[draw[-1][0]] += 1
    drawn = last.total()
    assert drawn > 200
    assert all(abs(times - drawn / 3) < 4 * math.sqrt(drawn * 2 / 9) for times in last.values())


def learned(answer: list[tuple[str, float]]) -> set[str]:
    """Returns the substrings of an answer for a maximum length of 3, which has 274 fixed pieces."""
    return {piece for piece, _ in answer[256 + 9 * 2 :]}


def test_sampler_pool() -> None:
    sampler = oracle.OracleSampler(np.random.default_rng(5))
    assert sampler.sample_tokenizer({"a": 1}, 999, 3, pop_prev=False) == []
    assert sampler.sample_tokenizer({"b": 1}, 999, 3, pop_prev=False) == []
    assert learned(sampler.sample_tokenizer({"c": 1}, 999, 3)) == {"Ġb", "Ġc"}  # a left, c came
    # d is pushed for the answer alone, and b is back afterwards
    assert learned(sampler.sample_tokenizer({"d": 1}, 999, 3, push_current=False)) == {"Ġc", "Ġd"}
    assert sampler.sample_tokenizer({"x": 1}, 999, 3, pop_prev=False, push_current=False) == []
    assert learned(sampler.sample_tokenizer({"e": 1}, 999, 3)) == {"Ġc", "Ġe"}


def test_sampler_with_nothing_to_pop() -> None:
    sampler = oracle.OracleSampler(np.random.default_rng(6))
    assert learned(sampler.sample_tokenizer({"a": 1}, 999, 3, push_current=False)) == {"Ġa"}
    assert sampler.pool == []
    assert learned(sampler.sample_tokenizer({"b": 1}, 999, 3)) == {"Ġb"}
    assert learned(sampler.sample_tokenizer({"c": 1}, 999, 3)) == {"Ġc"}  # b was the oldest


def test_sampler_order_and_scores() -> None:
    answer = oracle.OracleSampler(np.random.default_rng(7)).sample_tokenizer({"ab": 1, "b": 2}, 999, 16)
    # " ab" from 0, 0, 1, 2: Ġ, Ġa, Ġab twice, a, ab, b once. " b" from 0, 0, 1, both counted twice: Ġ, Ġb
    # four times, b twice. Scores: Ġ 4 + 8, Ġa 6, Ġab 8, a 1, ab 2, b 1 + 2, Ġb 12: sum 44, least 1.
    assert [piece for piece, _ in answer[:391]] == oracle.fixed_pieces()
    assert {score for _, score in answer[:256]} == {math.log(1 / 44)}
    assert {score for _, score in answer[256:391]} == {0.0}
    assert answer[391:] == [
        ("Ġb", math.log(12 / 44)),
        ("Ġab", math.log(8 / 44)),
        ("Ġa", math.log(6 / 44)),
        ("ab", math.log(2 / 44)),
    ]


@pytest.mark.parametrize(("seed_size", "taken"), [(0, 1), (391, 1), (392, 1), (393, 2), (395, 4), (396, 4)])
def test_sampler_takes_what_the_size_leaves_but_at_least_one(seed_size: int, taken: int) -> None:
    answer = oracle.OracleSampler(np.random.default_rng(8)).sample_tokenizer({"ab": 1, "b": 2}, seed_size, 16)
    assert len(answer) == 391 + taken


def test_sampler_says_never_for_values_that_are_not_positive() -> None:
    sampler = oracle.OracleSampler(np.random.default_rng(9))
    answer = sampler.sample_tokenizer({"abcdefgh ijklmnop": 1}, 999, 16, noise_std=1.0)
    scores = [score for _, score in answer[391:]]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > oracle.NEVER == scores[-1] == -100000.0


def test_sampler_of_nothing() -> None:
    answer = oracle.OracleSampler(np.random.default_rng(10)).sample_tokenizer({}, 999, 16)
    assert [piece for piece, _ in answer] == oracle.fixed_pieces()
    assert {score for _, score in answer[:256]} == {oracle.NEVER}
