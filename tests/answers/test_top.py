"""Most frequent tokens: order, languages, kinds, and names that are not there."""

import pytest
from support.counted import made_result

from tokstats_parallel import _native
from tokstats_parallel.answers.top import TopQuestion, top_names, top_tokens
from tokstats_parallel.errors import TokstatsError

RESULT = made_result(
    {"go": 10, "python": 20},
    {"Ġdef": [1, 19], "func": [9, 1], "zz": [9, 1], "aa": [0, 10], "Ġ12": [5, 5], "Ã©": [3, 0]},
    special=["</s>"],
)


def names(**options: object) -> list[str]:
    question = TopQuestion(**({"most": 9} | options))  # type: ignore[arg-type]
    found = [one.token for one in top_tokens(RESULT, question).tokens]
    assert top_names(RESULT, question) == found
    return found


def test_all_batches_by_falling_count_and_then_code_points() -> None:
    assert names(sampled=True) == ["Ġdef", "aa", "func", "zz", "Ġ12", "Ã©"]


def test_a_language_has_its_own_order_and_no_zeros() -> None:
    assert names(sampled=True, language="go") == ["func", "zz", "Ġ12", "Ã©", "Ġdef"]
    assert names(sampled=True, language="go", most=1) == ["func"]
    top = top_tokens(RESULT, TopQuestion(most=2, language="python", sampled=True))
    assert [(one.token, one.count) for one in top.tokens] == [("Ġdef", 19), ("aa", 10)]
    assert top.batches == 20


def test_a_kind_of_fixed_tokens_and_of_sampled_ones() -> None:
    (special,) = top_tokens(RESULT, TopQuestion(most=3, kind="special")).tokens
    assert (special.token, special.text, special.fixed, special.count) == ("</s>", "</s>", True, 30)
    assert names(kind="special", sampled=True) == []
    assert names(kind="word start") == ["Ġdef"]
    assert len(names(most=1000)) == len(_native.fixed_pieces()) + 1 + 6


def test_json_and_csv_have_the_same_rows() -> None:
    top = top_tokens(RESULT, TopQuestion(most=2, sampled=True))
    columns, rows = top.table()
    rows = list(rows)
    assert rows[0] == (1, "Ġdef", "␣def", "word start", False, 20, 20 / 30)
    assert top.to_json()["tokens"] == [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"language": "pyhton"}, "no language of the result; did you mean python?"),
        ({"language": "rust"}, "it has go, python"),
        ({"kind": "words"}, "no kind of tokens; did you mean word"),
    ],
)
def test_names_that_are_not_there(options: dict[str, str], said: str) -> None:
    with pytest.raises(TokstatsError, match=said) as caught:
        names(**options)
    assert caught.value.exit_code == 2
