"""Words with marks: counted as the training's own pattern splits them."""

from unicodedata import category

import pytest
import regex  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.validate.marked_words import MarkedWords, count_marked_words

TRAINING = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")
SAMPLING = regex.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")


def by_regex(text: str) -> MarkedWords:
    pretokens = TRAINING.findall(f" {text}")
    both = [token for token in pretokens if regex.search(r"\p{L}", token) and regex.search(r"\p{M}", token)]
    return MarkedWords(len(pretokens), len(both))


@pytest.mark.parametrize(
    ("text", "pretokens", "marked"),
    [
        ("", 1, 0),
        ("plain text, and more", 5, 0),
        ("हिन्दी में लिखा", 3, 3),
        ("ภาษาไทย ไม่ยาก", 2, 1),
        ("cafe\u0301 café", 2, 1),
        ("!\u0301 \u0301", 2, 0),
        ("it's Mixed'll\n\n  x", 6, 0),
    ],
)
def test_texts(text: str, pretokens: int, marked: int) -> None:
    assert count_marked_words([text]) == MarkedWords(pretokens, marked) == by_regex(text)


CHARACTERS = st.sampled_from("aszMNLOéन्ाक\u0301\u0300ไ่١²Ⅷ  \n\t\u00a0\u2028\u3000\x1c'strevmld!-_日語👩\u200d\x00")


@given(st.text(CHARACTERS, max_size=40) | st.text(max_size=20))
def test_the_counts_are_those_of_the_pattern(text: str) -> None:
    # `regex` knows characters of a later version of Unicode than Python does.
    known = "".join(character for character in text if category(character) != "Cn")
    assert count_marked_words([known]) == by_regex(known)


@given(st.text(CHARACTERS, max_size=40))
def test_no_piece_of_the_sampler_holds_a_letter_and_a_mark(text: str) -> None:
    for piece in SAMPLING.findall(f" {text}"):
        assert not (regex.search(r"\p{L}", piece) and regex.search(r"\p{M}", piece))


def test_texts_are_split_each_by_itself() -> None:
    assert count_marked_words(["a", "का", "b"]) == MarkedWords(3, 1)
    assert count_marked_words([]).share == 0
