"""Summary: sentences for a stranger, with the numbers of the sections."""

from collections import Counter
from pathlib import Path

import pytest
from support.report_results import Counts, odd_results

from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.growth import further_words
from tokstats_parallel.report.sections.summary import summary
from tokstats_parallel.results.token_stats import TokenStats

FIXED = 392


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TokenStats]:
    return odd_results(tmp_path_factory.mktemp("odd"))


def sentences(stats: TokenStats) -> list[str]:
    result = Reported.of(stats)
    return summary(result, LanguageNumbers.of(result))


def test_numbers_of_the_sentences(reported: Reported, counts: Counts) -> None:
    totals = Counter[bytes]()
    for _, found in counts.values():
        totals.update(found)
    number = list(totals.values())
    drawn, tokens, stable, further, own, alike = sentences(reported.stats)
    size = (FIXED * 125 + sum(number)) / 125
    assert drawn == (
        "The run drew 125 random vocabularies, one for each batch of a training in 3 languages (go 60, c 40, lua 25), "
        f"with the seed 42; an average one has {size:,.0f} pieces."
    )
    in_all, in_one = number.count(125), number.count(1)
    assert tokens == (
        f"Together they have {len(number)} different sampled tokens, drawn from the texts; {in_all} of these are in "
        f"every vocabulary, {in_one} in a single one. {FIXED} more pieces are in every vocabulary by design."
    )
    core = (FIXED * 125 + sum(count for count in number if 2 * count >= 125)) / size / 125
    assert stable.startswith(f"{100 * core:.1f}\N{NO-BREAK SPACE}% of an average vocabulary")
    assert reported.richness is not None
    assert further == f"Twice as many batches would hold {further_words(reported, reported.richness)}."
    assert "has the most of its own" in own
    assert "the most alike" in alike


def test_bounds_of_further_tokens_are_in_order(reported: Reported) -> None:
    low, at_worst = reported.richness, reported.richness_at_worst
    assert low is not None
    assert at_worst is not None
    least, most = sorted(one.further(125) for one in (low, at_worst))
    assert further_words(reported, low).startswith(f"{least:.0f} to {most:.0f} more tokens (")


def test_two_languages_have_one_overlap(odd: dict[str, TokenStats]) -> None:
    assert sentences(odd["shared pool"])[-1].startswith("go and c overlap by ")


def test_a_single_batch(odd: dict[str, TokenStats]) -> None:
    assert sentences(odd["one batch"])[1:] == [
        f"It has 2 sampled tokens, and {FIXED} pieces of every vocabulary by design.",
        "A single batch cannot tell which tokens are stable: each of its tokens counts as certain.",
    ]


def test_mixed_languages_have_shares_of_texts(odd: dict[str, TokenStats]) -> None:
    mixed = "on 2 languages mixed in every text pool (go 44\N{NO-BREAK SPACE}%, c 56\N{NO-BREAK SPACE}% of the texts)"
    assert mixed in sentences(odd["mixed pools"])[0]


def test_many_languages_are_not_all_named(odd: dict[str, TokenStats]) -> None:
    assert "language-7 16, and 16 more)" in sentences(odd["24 languages"])[0]


def test_tokens_left_out_are_said(odd: dict[str, TokenStats]) -> None:
    number = odd["least count 5"].manifest["left_out"]["tokens"]
    _, tokens, left_out, *_ = sentences(odd["least count 5"])
    assert "in a single one" not in tokens
    assert left_out == f"The files of the result leave out {number} tokens of fewer than 5 batches."


def test_json_alone_has_no_seed_and_no_languages(odd: dict[str, TokenStats]) -> None:
    assert sentences(odd["json alone"])[0].startswith(
        "The run drew 100 random vocabularies, one for each batch of a training; an average one has"
    )


def test_names_of_languages_are_those_of_the_result(tmp_path: Path) -> None:
    assert "(<b>&' 9, c 9)" in sentences(odd_results(tmp_path)["hostile"])[0]
