"""Marks: how the series of a chart look, by their places among all series; no two differ by colour alone."""

COLOURS = 8
"""Number of colours of series; the palette has a class `series-1` and so on for each."""
DASHES = ("", "9 3", "2 3", "11 3 2 3", "5 2", "12 3 2 3 2 3", "1 2", "18 4")
"""Dash patterns of lines."""
TEXTURES = ("", "2 9", "2 4", "6 4", "1 2", "12 3")
"""Dash patterns that are drawn across a bar, in the colour of the ground."""


def colour(place: int) -> str:
    """Returns the class of the series at a place, from 0."""
    return f"series-{place % COLOURS + 1}"


def dashes(place: int) -> str:
    """Returns the dash pattern of the series at a place; each of 64 has another pair of colour and pattern."""
    return DASHES[(place + place // COLOURS) % len(DASHES)]
