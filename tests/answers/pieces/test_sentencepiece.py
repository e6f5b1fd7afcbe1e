"""SentencePiece models: pieces with their bytes, and files that are not whole."""

from contextlib import suppress

import pytest
from support.sentencepiece_models import BYTE, CONTROL, NORMAL, UNKNOWN, UNUSED, USER_DEFINED, field, model

from tokstats_parallel.answers.pieces.sentencepiece import sentencepiece_pieces

PIECES = [
    ("<unk>", UNKNOWN),
    ("<s>", CONTROL),
    ("<0x0A>", BYTE),
    ("▁def", NORMAL),
    ("त", NORMAL),
    ("▁▁", NORMAL),
    ("<mask>", USER_DEFINED),
    ("gone", UNUSED),
    ("a▁b", NORMAL),
    ("<0x41>", NORMAL),
]


def test_pieces_are_brought_to_bytes() -> None:
    found = sentencepiece_pieces("m", model(PIECES))
    assert dict(zip(found.ids, zip(found.written, found.raw, strict=True), strict=True)) == {
        2: ("<0x0A>", b"\n"),
        3: ("▁def", b" def"),
        4: ("त", "त".encode()),
        5: ("▁▁", b"  "),
        8: ("a▁b", b"a b"),
        9: ("<0x41>", b"A"),
    }
    assert found.apart == 4
    assert found.reading == "▁ is a space, <0xNN> is one byte"


def test_without_byte_pieces_their_form_is_text() -> None:
    found = sentencepiece_pieces("m", model([("<0x41>", NORMAL), ("▁a", NORMAL)]))
    assert found.raw == (b"<0x41>", b" a")
    assert found.reading == "▁ is a space"


def test_a_part_of_a_file_ends_in_a_value_error_at_most() -> None:
    whole = model(PIECES)
    for length in range(len(whole)):
        with suppress(ValueError):  # a part that ends with a field is a smaller model
            assert len(sentencepiece_pieces("m", whole[:length]).ids) <= 6


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no pieces"),
        (field(2, b"x"), "no pieces"),
        (b"\x08\x01", "a piece is a number"),
        (b"\x0b", "unknown type 3"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "within a number"),
        (field(1, field(1, b"\xff")), "invalid start byte"),
    ],
)
def test_what_is_wrong_is_named(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        sentencepiece_pieces("m", content)
