import random

import pytest

from tokstats_parallel.answers.comparison.fragments import SIMILAR, fold, joined


@pytest.mark.parametrize(
    ("one", "other", "word"),
    [
        (b" uintp", b" uintpt", b" uintpt"),
        (b" uintpt", b"tptr", b" uintptr"),
        (b"tptr", b" uintpt", b" uintptr"),
        (b"abc", b"abc", b"abc"),
        (b"ab", b"xaby", b"xaby"),
        (b"xxab", b"abyy", None),  # two bytes in common are a chance
        (b"Codec", b"decompress", None),  # less than two thirds of the shorter one
        (b"readSt", b"ThreadS", b"ThreadSt"),
        (b"def", b"self", None),
        (b"abcabc", b"bcabcd", b"abcabcd"),
    ],
)
def test_fragments_are_joined_into_their_word(one: bytes, other: bytes, word: bytes | None) -> None:
    assert joined(one, other) == word


def folded(tokens: dict[bytes, int], most: int = 9) -> list[tuple[bytes, list[bytes]]]:
    raw = [*tokens]
    lines = fold(range(len(raw)), raw.__getitem__, lambda index: tokens[raw[index]], most)
    return [(line.word, [raw[index] for index in line.tokens]) for line in lines]


def test_fragments_of_one_word_are_one_line() -> None:
    tokens = {b" uintp": 50, b"other": 50, b" uintpt": 48, b"tptr": 45}
    assert folded(tokens) == [(b" uintptr", [b" uintp", b" uintpt", b"tptr"]), (b"other", [b"other"])]


def test_tokens_of_other_counts_are_other_words() -> None:
    assert folded({b" uintp": 50, b" uintpt": 37}) == [(b" uintp", [b" uintp"]), (b" uintpt", [b" uintpt"])]
    assert folded({b" uintp": 37, b" uintpt": 49}) == [(b" uintpt", [b" uintp", b" uintpt"])]


def test_further_tokens_join_full_lists_only() -> None:
    assert folded({b"one": 9, b"two": 9, b"onex": 9}, most=1) == [(b"onex", [b"one", b"onex"])]


def test_the_index_of_words_passes_over_no_line() -> None:
    dice = random.Random(11)  # noqa: S311 - no secret
    tokens = list(
        {bytes(dice.choices(b"abcd", k=dice.randint(2, 9))): dice.randint(70, 100) for _ in range(700)}.items()
    )
    lines: list[tuple[bytes, int, list[bytes]]] = []
    for token, count in tokens:  # the rule of `fold`, tried with every line
        for place, (word, first, members) in enumerate(lines):
            longer = joined(word, token)
            if longer is not None and min(count, first) >= SIMILAR * max(count, first):
                lines[place] = (longer, first, [*members, token])
                break
        else:
            if len(lines) < 40:
                lines.append((token, count, [token]))
    assert folded(dict(tokens), most=40) == [(word, members) for word, _, members in lines]
