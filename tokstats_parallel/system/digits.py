"""Digits: reads whole numbers of the user and of the environment, which may be any text."""

_MOST_DIGITS = 18
"""Python refuses texts of some thousand digits, and no number of tasks or workers is as long as this."""


def parse_digits(text: str) -> int | None:
    """Returns the number that up to 18 ASCII digits stand for; None if the text is anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
