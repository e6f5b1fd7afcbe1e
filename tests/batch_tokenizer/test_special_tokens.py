"""Special tokens of a batch's tokenizer: each once, at its id, whatever the pieces are."""

import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.batch_tokenizer.special_tokens import with_special_tokens

PIECES = [(piece, -float(number)) for number, piece in enumerate("abcdefghij")]
tokens = st.sampled_from([*"abcdef", "<s>", "</s>", "<unk>", "<pad>"])


@given(
    st.lists(st.sampled_from("abcdefghij"), unique=True),
    st.dictionaries(tokens, st.integers(0, 15)).filter(lambda ids: len(set(ids.values())) == len(ids)),
)
def test_each_stands_at_its_id_or_at_the_end(names: list[str], ids: dict[str, int]) -> None:
    pieces = [(name, 1.0) for name in names]
    result = with_special_tokens(pieces, list(ids.items()))
    assert result == oracle.with_special_tokens(pieces, ids)
    listed = [piece for piece, _ in result]
    assert sorted(listed) == sorted({*names, *ids})
    for token, number in ids.items():
        index = listed.index(token)
        assert result[index][1] == 0.0
        assert index == number or (index < number and set(listed[index:]) <= ids.keys())
    assert [piece for piece in listed if piece not in ids] == [name for name in names if name not in ids]


@pytest.mark.parametrize(
    ("special", "expected"),
    [
        ([("<s>", 0), ("</s>", 1)], "<s> </s> a b c d e f g h i j"),
        ([("<s>", 9), ("</s>", 11)], "a b c d e f g h i <s> j </s>"),
        ([("<s>", 50_256), ("</s>", 60_000)], "a b c d e f g h i j <s> </s>"),
        ([("<s>", 4), ("c", 6)], "a b d e <s> f c g h i j"),
        ([("a", 2), ("b", 0)], "b c a d e f g h i j"),
        ([("</s>", None), ("b", None), ("<s>", None)], "</s> b <s> a c d e f g h i j"),
        ([], "a b c d e f g h i j"),
    ],
    ids=["first", "last", "beyond the end", "in the middle", "overlapping", "typed", "none"],
)
def test_the_order(special: list[tuple[str, int | None]], expected: str) -> None:
    result = with_special_tokens(PIECES, special)
    assert [piece for piece, _ in result] == expected.split()
    scores = dict(PIECES) | {token: 0.0 for token, _ in special}
    assert dict(result) == scores
