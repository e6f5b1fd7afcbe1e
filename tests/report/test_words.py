"""Words: numbers in sentences."""

import pytest

from tokstats_parallel.report.words import a_or_b, fine_percent, percent, rounded


@pytest.mark.parametrize(
    ("share", "written"),
    [(0, "0.0"), (1, "100.0"), (0.1234, "12.3"), (0.0001, "<0.1"), (0.9999, ">99.9"), (0.0006, "0.1")],
)
def test_percent_is_never_0_or_100_for_another_share(share: float, written: str) -> None:
    assert percent(share) == f"{written}\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("share", "written"),
    [(0, "0.0"), (1, "100.0"), (0.5678, "56.8"), (0.0123, "1.2"), (0.00123, "0.12"), (2.5e-6, "0.00025")],
)
def test_tiny_shares_keep_two_digits(share: float, written: str) -> None:
    assert fine_percent(share) == f"{written}\N{NO-BREAK SPACE}%"


def test_percent_of_other_digits() -> None:
    assert percent(0.12345, 0) == "12\N{NO-BREAK SPACE}%"
    assert percent(0.004, 0) == "<1\N{NO-BREAK SPACE}%"
    assert percent(0.99999, 2) == ">99.99\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (0, "0"),
        (0.2, "0.2"),
        (9.94, "9.9"),
        (9.96, "10"),
        (999.4, "999"),
        (17_835.04, "17,800"),
        (1_126_594, "1,130,000"),
    ],
)
def test_estimates_have_three_digits(number: float, written: str) -> None:
    assert rounded(number) == written


def test_noun_fits_the_number() -> None:
    assert [a_or_b(number, "mouse", "mice") for number in (0, 1, 1200)] == ["0 mice", "1 mouse", "1,200 mice"]
