"""Distribution of counts: classes, lengths, kinds, languages and ranks by hand."""

from dataclasses import replace

import pytest
from support.counted import made_result

from tokstats_parallel import _native
from tokstats_parallel.answers.count_histogram import CLASSES, CountHistogram
from tokstats_parallel.answers.distribution import TABLES, distribution
from tokstats_parallel.errors import UnknownNameError

RESULT = made_result(
    {"go": 400, "python": 600},
    {
        "Ġall": [400, 600],  # certain
        "half": [250, 250],  # stable, at the bound
        "less": [249, 250],  # variable
        "one%": [10, 0],  # variable, at the bound
        "Ġ9": [9, 0],  # rare
        "##": [1, 1],  # rare
        "x1": [0, 1],  # once
    },
)
FIXED = len(_native.fixed_pieces())


def test_classes_by_hand() -> None:
    found = distribution(RESULT)
    assert [(one.name, one.tokens, one.occurrences) for one in found.classes] == [
        ("fixed", FIXED, FIXED * 1000),
        ("certain", 1, 1000),
        ("stable", 1, 500),
        ("variable", 2, 509),
        ("rare", 2, 11),
        ("once", 1, 1),
    ]
    occurrences = FIXED * 1000 + 2021
    assert found.vocabulary == occurrences / 1000
    assert found.unique_tokens == FIXED + 7
    assert [one.share for one in found.classes] == [one.occurrences / occurrences for one in found.classes]
    assert sum(one.pieces for one in found.classes) == pytest.approx(found.vocabulary)


def test_lengths_and_kinds_are_of_sampled_tokens() -> None:
    found = distribution(RESULT)
    assert [(one.name, one.tokens, one.occurrences) for one in found.lengths] == [("2", 3, 12), ("4", 4, 2009)]
    assert {one.name: one.tokens for one in found.kinds} == {
        "word start": 1,
        "word": 2,
        "number": 1,
        "punctuation": 1,
        "mixed": 2,
    }


def test_languages_have_their_own_classes() -> None:
    found = distribution(RESULT)
    assert [
        (one.language, one.batches, one.tokens, [one.classes[name] for name in CLASSES]) for one in found.languages
    ] == [
        ("go", 400, 6, [1, 2, 2, 0, 1]),
        ("python", 600, 5, [1, 0, 2, 0, 2]),
        ("all", 1000, 7, [1, 1, 2, 2, 1]),
    ]


def test_one_language() -> None:
    found = distribution(RESULT, language="python")
    assert (found.batches, found.unique_tokens) == (600, FIXED + 5)
    assert [one.tokens for one in found.classes] == [FIXED, 1, 0, 2, 0, 2]
    assert [(one.rank, one.count) for one in found.ranks] == [(1, 600), (2, 250), (5, 1)]


def test_ranks_are_log_spaced_and_end_with_the_last() -> None:
    assert [(one.rank, one.count) for one in distribution(RESULT).ranks] == [(1, 1000), (2, 500), (5, 9), (7, 1)]


def test_one_batch_is_certain() -> None:
    found = distribution(made_result({"go": 1}, {"aa": [1]}))
    assert [one.tokens for one in found.classes] == [FIXED, 1, 0, 0, 0, 0]


def test_no_sampled_token_and_a_language_without_batches() -> None:
    found = distribution(made_result({"go": 3, "python": 0}, {}))
    assert (found.lengths, found.kinds, found.ranks) == ([], [], [])
    assert [one.tokens for one in found.languages] == [0, 0, 0]
    assert distribution(made_result({"go": 3, "python": 0}, {}), language="python").vocabulary == 0


def test_tokens_that_are_left_out_fill_a_part_of_the_vocabulary() -> None:
    left_out = {"tokens": 7, "occurrences": 9, "occurrences_per_language": {"go": 4, "python": 5}}
    rare = replace(RESULT, manifest={"min_count": 2, "left_out": left_out})
    *_, group = distribution(rare).classes
    assert (group.name, group.tokens, group.occurrences, group.pieces) == ("left out", 7, 9, 0.009)
    assert distribution(rare).vocabulary == (FIXED * 1000 + 2021 + 9) / 1000
    *_, of_go = distribution(rare, language="go").classes
    assert (of_go.tokens, of_go.occurrences) == (None, 4)


def test_json_has_the_tables() -> None:
    found = distribution(RESULT)
    content = found.to_json()
    for name in TABLES:
        columns, rows = found.table(name)
        assert content[name] == [dict(zip(columns, row, strict=True)) for row in rows]
    assert content["thresholds"] == {"stable": 0.5, "variable": 0.01}


def test_a_language_that_is_not_there() -> None:
    with pytest.raises(UnknownNameError, match="did you mean python"):
        distribution(RESULT, language="Python")


@pytest.mark.parametrize("batches", [100, 700, 2900, 12_300])
def test_one_in_a_hundred_is_not_rare_whatever_the_number_of_batches(batches: int) -> None:
    result = made_result({"go": batches}, {"aa": [batches // 100], "bb": [batches // 100 - 1]})
    classes = CountHistogram.of(result, None, FIXED).classes()
    assert (classes["variable"][0], classes["once"][0]) == ((0, 1) if batches == 100 else (1, 0))
