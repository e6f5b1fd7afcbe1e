"""Summary: sentences for a stranger, with the numbers of the sections."""

from collections import Counter
from pathlib import Path

import pytest
from support.report_results import Counts, odd_results
from support.small_result import small_result

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
    finding, tokens, further, languages, drawn = sentences(reported.stats)
    pieces = FIXED * 125 + sum(number)
    common = sum(count for count in number if 2 * count >= 125)
    rest, half, fixed = (
        f"{100 * part / pieces:.1f}\N{NO-BREAK SPACE}%" for part in (sum(number) - common, common, FIXED * 125)
    )
    assert finding == (
        f"{rest} of an average vocabulary are tokens that fewer than half of the vocabularies hold; sampled tokens "
        f"that at least half of them hold fill {half}, and pieces fixed by design {fixed}."
    )
    in_all, in_one = number.count(125), number.count(1)
    assert (in_all, in_one > 1) == (0, True)
    assert tokens == (
        f"The 125 vocabularies, of {pieces / 125:,.0f} pieces on average, hold {len(number)} different sampled tokens: "
        f"none is in all of them, and {in_one} are in only one."
    )
    assert reported.richness is not None
    assert further == f"Twice as many batches would bring {further_words(reported, reported.richness)}."
    assert "has the most of its own" in languages
    assert "are the most alike" in languages
    assert drawn == (
        "The run drew a random vocabulary for each batch of a training: 125 batches of 3 languages (go 60, c 40, "
        "lua 25), with the seed 42."
    )


def test_no_result_has_more_than_five_sentences(odd: dict[str, TokenStats]) -> None:
    assert {name: said for name, stats in odd.items() if len(said := sentences(stats)) > 5} == {}


def test_no_token_and_a_single_token_are_said_in_words(odd: dict[str, TokenStats]) -> None:
    assert (
        "hold 0 different sampled tokens: none is in all of them, and none is in only one."
        in (sentences(odd["no sampled token"])[1])
    )
    assert (
        "hold 2 different sampled tokens: 1 is in all of them, and 1 is in only one."
        in (sentences(odd["two batches"])[1])
    )


def test_bounds_of_further_tokens_are_in_order(reported: Reported) -> None:
    low, at_worst = reported.richness, reported.richness_at_worst
    assert low is not None
    assert at_worst is not None
    least, most = sorted(one.further(125) for one in (low, at_worst))
    assert further_words(reported, low).startswith(f"{least:.0f} to {most:.0f} more tokens (")


def test_two_languages_have_one_overlap(odd: dict[str, TokenStats]) -> None:
    assert "; go and c overlap by " in sentences(odd["shared pool"])[-2]


def test_languages_without_tokens_of_their_own_have_an_overlap(tmp_path: Path) -> None:
    stats = small_result(tmp_path / "same", {"go": (4, {b"ab": 2}), "c": (4, {b"ab": 2})})
    assert sentences(stats)[-2] == "go and c overlap by 100\N{NO-BREAK SPACE}% (weighted)."


def test_a_single_batch(odd: dict[str, TokenStats]) -> None:
    assert sentences(odd["one batch"]) == [
        "A single batch cannot tell which tokens are stable: each of its tokens counts as certain.",
        f"Its vocabulary has {FIXED + 2} pieces: 2 sampled tokens, and {FIXED} that every vocabulary has by design.",
        "The run drew a random vocabulary for each batch of a training: 1 batch of go, with the seed 42.",
    ]


def test_mixed_languages_have_shares_of_texts(odd: dict[str, TokenStats]) -> None:
    mixed = "of 2 languages mixed in every text pool (go 44\N{NO-BREAK SPACE}%, c 56\N{NO-BREAK SPACE}% of the texts)"
    assert mixed in sentences(odd["mixed pools"])[-1]


def test_many_languages_are_not_all_named(odd: dict[str, TokenStats]) -> None:
    assert "language-7 16, and 16 more)" in sentences(odd["24 languages"])[-1]


def test_tokens_left_out_are_said(odd: dict[str, TokenStats]) -> None:
    number = odd["least count 5"].manifest["left_out"]["tokens"]
    _, tokens, *_ = sentences(odd["least count 5"])
    assert "in only one" not in tokens
    assert f"(and {number} of fewer than 5 batches, which its files leave out): " in tokens


def test_json_alone_has_no_seed_and_no_languages(odd: dict[str, TokenStats]) -> None:
    drawn = "The run drew a random vocabulary for each batch of a training: 100 batches."
    assert sentences(odd["json alone"])[-1] == drawn


def test_names_of_languages_are_those_of_the_result(tmp_path: Path) -> None:
    assert "(<b>&' 9, c 9)" in sentences(odd_results(tmp_path)["hostile"])[-1]
