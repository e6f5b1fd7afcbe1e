"""Reported result: what sections share."""

from pathlib import Path

import pytest
from support.report_results import odd_results

from tokstats_parallel.answers.distribution import distribution
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.results.token_stats import TokenStats


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TokenStats]:
    return odd_results(tmp_path_factory.mktemp("odd"))


@pytest.mark.parametrize("name", ["one language", "shared pool", "24 languages", "least count 5", "json alone"])
def test_classes_are_those_of_the_distribution(odd: dict[str, TokenStats], name: str) -> None:
    found = distribution(odd[name])
    result = Reported.of(odd[name])
    assert list(result.classes.values()) == found.classes
    assert result.wholes[None].vocabulary == found.vocabulary
    for language in result.languages:
        of_one = distribution(odd[name], language=language)
        assert result.wholes[language].classes(result.histograms[language]) == of_one.classes


def test_low_least_count_completes_the_classes(tmp_path: Path) -> None:
    odd = odd_results(tmp_path)
    less, whole = Reported.of(odd["least count 2"]), Reported.of(odd["without manifest"])
    assert less.is_complete
    assert less.classes == whole.classes
    assert less.least == 2


def test_higher_least_count_does_not(odd: dict[str, TokenStats]) -> None:
    result = Reported.of(odd["least count 5"])
    assert not result.is_complete
    assert (result.richness, result.richness_at_worst, result.complete_histogram("go")) == (None, None, None)


def test_windows_decide_the_worst_case(odd: dict[str, TokenStats]) -> None:
    assert Reported.of(odd["one language"]).window == 3
    assert Reported.of(odd["json alone"]).window == 16
    assert Reported.of(odd["two batches"]).richness_at_worst is None


def test_languages_are_told_apart_if_two_have_batches(odd: dict[str, TokenStats]) -> None:
    for name, expected in (
        ("one language", []),
        ("mixed pools", []),
        ("json alone", []),
        ("one batch of two languages", []),
        ("a language without batches", ["go", "c"]),
    ):
        assert list(Reported.of(odd[name]).languages) == expected
