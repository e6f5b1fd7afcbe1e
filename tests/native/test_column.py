"""The core's column of rows: any buffers, any chunks, and errors that name the row."""

import gc
import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import blanks, texts
from support.streams import Setting, chunk, column

from tokstats_parallel._native import Stream, TextColumn

rows = st.lists(texts | blanks | st.just(""), min_size=1, max_size=6)


@given(st.lists(rows, max_size=4), st.binary(max_size=9))
def test_column_has_the_rows_of_its_chunks(chunks: list[list[str]], before: bytes) -> None:
    ours = TextColumn([chunk(part, before) for part in chunks])
    expected = list(itertools.chain(*chunks))
    assert len(ours) == len(expected)
    assert [ours.row(index) for index in range(len(ours))] == expected
    assert [ours.characters(index) for index in range(len(ours))] == [len(row.strip()) for row in expected]
    with_text = [index for index, row in enumerate(expected) if row.strip()]
    assert ours.first_text_row() == next(iter(with_text), None)


def test_column_keeps_its_buffers_alive() -> None:
    rows = [f"row {index}" * 100 for index in range(1000)]
    ours = column(rows)  # nobody else holds the buffers
    gc.collect()
    assert [ours.row(index) for index in range(1000)] == rows


def test_column_takes_any_buffer_at_any_alignment() -> None:
    offsets, data = chunk(["é", "", "日本"])
    for part in (
        (bytearray(offsets), bytearray(data)),
        (memoryview(b"." + offsets)[1:], memoryview(b"..." + data)[3:]),
        tuple(pa.array(["é", "", "日本"], pa.large_string()).buffers()[1:]),
    ):
        ours = TextColumn([part])
        assert [ours.row(index) for index in range(3)] == ["é", "", "日本"]


def test_column_of_no_rows() -> None:
    for ours in (TextColumn([]), column([]), TextColumn([chunk([]), chunk([])])):
        assert len(ours) == 0
        assert ours.first_text_row() is None
        for read in (ours.row, ours.characters):
            with pytest.raises(IndexError):
                read(0)


def numbers(*offsets: int) -> bytes:
    return np.array(offsets, "<i8").tobytes()


@pytest.mark.parametrize(
    ("offsets", "data"),
    [
        pytest.param(numbers(0, 3, 2), b"abc", id="falling"),
        pytest.param(numbers(0, 3, 4), b"abc", id="beyond the data"),
        pytest.param(numbers(4, 4), b"abc", id="empty row beyond the data"),
        pytest.param(numbers(-1, 2), b"abc", id="negative"),
        pytest.param(numbers(0, 2**62), b"abc", id="far beyond the data"),
        pytest.param(numbers(0, 3)[:-1], b"abc", id="not whole numbers"),
    ],
)
def test_column_refuses_offsets_that_do_not_fit(offsets: bytes, data: bytes) -> None:
    with pytest.raises(ValueError, match="offset"):
        TextColumn([chunk(["a"]), (offsets, data)])


def test_rows_out_of_range() -> None:
    ours = column(["a", "b"])
    for index in (2, 2**40):
        with pytest.raises(IndexError):
            ours.row(index)
    with pytest.raises((IndexError, OverflowError)):
        ours.row(-1)


INVALID = {
    "stray byte": b"ab\xffc",
    "cut character": "日".encode()[:2],
    "surrogate": b"\xed\xa0\x80",
    "overlong": b"\xc0\xaf",
    "beyond Unicode": b"\xf4\x90\x80\x80",
}


@pytest.mark.parametrize("case", INVALID)
def test_rows_that_are_not_utf8_are_named(case: str) -> None:
    ours = TextColumn([chunk(["a", "b"]), chunk(["c", INVALID[case]])])
    assert ours.row(2) == "c"
    with pytest.raises(ValueError, match=r"\b3\b"):
        ours.row(3)
    stream = Stream(ours, **Setting(pack=False).arguments())
    with pytest.raises(ValueError, match=r"\b3\b"):
        stream.texts(0, 4)  # an epoch: every row is in it


def test_offsets_that_cut_a_character_make_rows_that_are_not_utf8() -> None:
    ours = TextColumn([(numbers(0, 1, 2), "é".encode())])
    for row in (0, 1):
        with pytest.raises(ValueError, match=rf"\b{row}\b"):
            ours.row(row)
