"""Known names that are like an unknown one."""

import pytest

from tokstats_parallel.system.near_names import did_you_mean, near_names

KNOWN = ["python", "go", "java", "javascript", "JSON"]


@pytest.mark.parametrize(
    ("name", "near"),
    [("pyton", "python"), ("Go", "go"), ("PYTHON", "python"), ("json", "JSON"), ("javascrpt", "javascript")],
)
def test_the_nearest_name_comes_first(name: str, near: str) -> None:
    assert near_names(name, KNOWN)[0] == near
    assert did_you_mean(name, [near], otherwise="") == f"did you mean {near}?"


def test_a_name_like_none() -> None:
    assert near_names("cobol", KNOWN) == []
    assert did_you_mean("cobol", KNOWN, otherwise="check it") == "check it"


def test_a_name_is_not_offered_in_the_place_of_itself() -> None:
    assert did_you_mean("go", ["go", "python"], otherwise="check it") == "check it"


def test_names_with_commas_between_them() -> None:
    assert did_you_mean("python,go", KNOWN, otherwise="") == "names are separated by spaces, not by commas"


def test_names_that_differ_in_capital_letters_only() -> None:
    assert near_names("GO", ["Go", "go", "go", "python"], most=2) == ["Go", "go"]


def test_short_names_need_more_likeness() -> None:
    assert near_names("ru", ["rust"]) == ["rust"]
    assert near_names("ru", ["rust"], similarity=0.8) == []
