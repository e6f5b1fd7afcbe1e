"""Digits: whole numbers are read, and any other text is told from them without an error."""

import pytest

from tokstats_parallel.system.digits import parse_digits


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1)])
def test_numbers(text: str, number: int) -> None:
    assert parse_digits(text) == number


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1.0", "1_000", "x", "²", "٣", "9" * 19, "9" * 5000])
def test_other_texts(text: str) -> None:
    assert parse_digits(text) is None
