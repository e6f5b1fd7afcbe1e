"""The core's texts against the oracle: the split and its starts, rows, their order, packing and crops."""

import itertools

import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strategies import LOOKS_WHITE, SEPARATORS, WHITE_SPACE, blanks, is_known, texts
from support.streams import Judge, Setting, column

from tokstats_parallel._native import Stream, fixed_pieces, map_bytes, split, starts

rows = st.lists(texts | blanks | st.just(""), min_size=1, max_size=6)
filled_rows = rows.filter(lambda drawn: any(row.strip() for row in drawn))
settings = st.builds(
    Setting,
    seed=st.integers(0, 2**64 - 1),
    language=st.sampled_from(["python", "c", "github-issues-filtered-structured", "日本語", ""]),
    pool=st.integers(0, 3),
    span=st.integers(1, 60),
    pack=st.booleans(),
    crop=st.booleans(),
    eos=st.sampled_from(["</s>", "<|endoftext|>", "", "\n", "日本"]),
)
indices = st.integers(0, 40) | st.integers(0, 2**48)


@given(texts)
def test_split_equals_the_oracles(text: str) -> None:
    assert split(text) == oracle.split(text)
    assert split(" " + text) == oracle.split(" " + text)


def test_split_of_every_pair_of_kinds() -> None:
    for pair in itertools.product([*WHITE_SPACE, *"\x1c\u200b'a1._é日\0"], repeat=2):
        for around in ("{}{}", "a{}{}", "{}{}b", "a{}{}b", " {} {} ", "'{}{}s", "a{}\n{}b"):
            text = around.format(*pair)
            assert split(text) == oracle.split(text)


def test_split_knows_the_category_of_every_character() -> None:
    # What it joins, of a letter, a number and a full stop, shows its kind.
    known = list(filter(is_known, map(chr, range(0x110000))))
    for first in range(0, len(known), 1000):
        text = "".join(f"a{character}1{character}.{character}" for character in known[first : first + 1000])
        assert split(text) == oracle.split(text)


@given(texts.filter(bool), st.booleans(), st.integers(1, 9))
def test_starts_equal_the_oracles(pretoken: str, first: bool, stride: int) -> None:
    assert starts(pretoken, first=first, stride=stride) == oracle.starts(pretoken, first=first, stride=stride)


@given(st.binary())
def test_mapped_bytes_equal_the_oracles(raw: bytes) -> None:
    assert map_bytes(raw) == oracle.map_bytes(raw)


def test_fixed_pieces_equal_the_oracles() -> None:
    assert fixed_pieces() == oracle.fixed_pieces()


def test_starts_refuse_stride_0() -> None:
    with pytest.raises(ValueError, match="stride"):
        starts("a", first=True, stride=0)


@given(filled_rows, settings, indices)
def test_texts_equal_the_oracles(drawn: list[str], setting: Setting, first: int) -> None:
    judge = Judge(drawn, setting)
    assert judge.stream.texts(first, 4) == [judge.text(index) for index in range(first, first + 4)]


def test_rows_are_stripped_as_python_strips_them() -> None:
    everything = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    for form in ("{0}", "{0}{1}{0}", "\x1f{0}{1}{0}\x85"):
        drawn = [form.format(character, f"{ord(character):x}") for character in everything]
        stream = Stream(column(drawn), **Setting(span=99, pack=False, crop=False).arguments())
        assert set(stream.texts(0, len(drawn))) == {row.strip() for row in drawn} - {""}


def test_white_space_inside_a_row_stays() -> None:
    for blank in (*WHITE_SPACE, *SEPARATORS, *LOOKS_WHITE, "\0", "\u0301"):
        for row in (f"{blank}a", f"a{blank}", f"{blank}\n{blank}a {blank}b{blank}\t{blank}"):
            judge = Judge([row], Setting(pack=False, crop=False))
            assert judge.stream.texts(0, 1) == [judge.text(0)]


@given(filled_rows, settings, indices, st.integers(0, 12), st.integers(0, 12))
def test_random_access_is_sequential_access(
    drawn: list[str], setting: Setting, first: int, skip: int, some: int
) -> None:
    stream = Stream(column(drawn), **setting.arguments())
    in_a_row = stream.texts(first, skip + some)
    assert Stream(column(drawn), **setting.arguments()).texts(first + skip, some) == in_a_row[skip:]


@pytest.mark.parametrize("drawn", [[], ["", " \n", "\u3000\x85"]])
def test_a_stream_without_any_text_is_refused(drawn: list[str]) -> None:
    with pytest.raises(ValueError, match="text"):
        Stream(column(drawn), **Setting().arguments()).texts(0, 1)
