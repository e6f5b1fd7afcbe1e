"""`report/visible.py`: nothing in a text is hidden, and texts that are plain stay."""

from unicodedata import category

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tokstats_parallel._native import readable_text
from tokstats_parallel.report.visible import visible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain, ünïcode, 中文, שלום", "plain, ünïcode, 中文, שלום"),
        ("12\N{NO-BREAK SPACE}%", "12\N{NO-BREAK SPACE}%"),
        ("\u202egpj.exe", "\\u{202E}gpj.exe"),
        ("a\u200bb\ufeff", "a\\u{200B}b\\u{FEFF}"),
        ("\x00\n\x1b", "\\u{0}\\u{A}\\u{1B}"),
        ("\ud800", "\\u{D800}"),
        ("\U000e0001", "\\u{E0001}"),
    ],
)
def test_characters_that_cannot_be_seen_have_an_escape(text: str, expected: str) -> None:
    assert visible(text) == expected


@given(st.text())
def test_it_can_always_be_written_and_is_the_same_the_second_time(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    visible(text).encode()


@given(st.binary(max_size=15))
@example("\u2427".encode())  # new in Unicode 16
def test_readable_texts_of_tokens_stay_but_for_characters_that_this_python_does_not_know(token: bytes) -> None:
    text = readable_text(token)
    assert visible(text) == "".join(f"\\u{{{ord(one):X}}}" if category(one) == "Cn" else one for one in text)
