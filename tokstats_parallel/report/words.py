"""Words: numbers as the sentences and drawings of a page write them."""

import math

_SPACE = "\N{NO-BREAK SPACE}"
_MOST_PLACES = 9
"""Most digits after the point; no result has as many batches."""


def percent(share: float, digits: int = 1) -> str:
    """Writes a share from 0 to 1 in percent; one that is not 0 or 1 is never written as 0 or 100 percent."""
    written = f"{100 * share:.{digits}f}"
    least = 10**-digits
    if share > 0 and float(written) == 0:
        return f"<{least:.{digits}f}{_SPACE}%"
    if share < 1 and float(written) == 100:  # noqa: PLR2004 - percent
        return f">{100 - least:.{digits}f}{_SPACE}%"
    return f"{written}{_SPACE}%"


def fine_percent(share: float) -> str:
    """Writes a share in percent with the digits that tell tiny ones apart, two of them: 0.00123 as `0.12 %`."""
    places = 1 - math.floor(math.log10(100 * share)) if share > 0 else 1
    return percent(share, min(max(places, 1), _MOST_PLACES))


def rounded(number: float) -> str:
    """Writes a number that is estimated, with three digits: 17,835.04 as `17,800`, and 2.345 as `2.3`."""
    if number < 1000:  # noqa: PLR2004 - three digits
        return f"{number:.1f}" if 0 < number < 9.95 else f"{number:.0f}"  # noqa: PLR2004 - written as 10
    return f"{float(f'{number:.3g}'):,.0f}"


def a_or_b(number: int, one: str, more: str) -> str:
    """Writes a number before the noun that fits it."""
    return f"{number:,} {one if number == 1 else more}"
