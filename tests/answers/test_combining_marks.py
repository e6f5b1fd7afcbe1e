"""Combining marks: scripts whose pieces join letters and marks, and that the sampler's split never joins them."""

import pytest

from tokstats_parallel import _native
from tokstats_parallel.answers.combining_marks import Script, scripts_with_marks


def test_scripts_by_falling_number_of_joined_pieces() -> None:
    pieces = ["हि", "ह", " हिं", "ตั", "ต", "ต", "the", "ъ", "e\u0301", "ि", "1\u20e3", " "]
    sampled = ["ह", "ต", "the"]
    assert scripts_with_marks((piece.encode(), piece in sampled) for piece in pieces) == [
        Script("Devanagari", 3, 2, 1),
        Script("Latin", 1, 1, 0),
        Script("Thai", 3, 1, 2),
    ]


def test_parts_of_characters_are_left_out() -> None:
    raw = "हि".encode()
    assert scripts_with_marks((one, False) for one in (raw[:4], raw[1:], raw[:3], b"\xff")) == []
    assert scripts_with_marks([(raw + b"\xe0", False)]) == [Script("Devanagari", 1, 1, 0)]


@pytest.mark.parametrize("text", ["हि", "e\u0301", "ि" + "ह", "ตั"])
def test_the_split_parts_a_letter_and_a_mark(text: str) -> None:
    assert len(_native.split(text)) == 2
