"""Words: numbers as the sentences and drawings of a page write them."""

_SPACE = "\N{NO-BREAK SPACE}"


def percent(share: float, digits: int = 1) -> str:
    """Writes a share from 0 to 1 in percent; one that is not 0 or 1 is never written as 0 or 100 percent."""
    written = f"{100 * share:.{digits}f}"
    least = 10**-digits
    if share > 0 and float(written) == 0:
        return f"<{least:.{digits}f}{_SPACE}%"
    if share < 1 and float(written) == 100:  # noqa: PLR2004 - percent
        return f">{100 - least:.{digits}f}{_SPACE}%"
    return f"{written}{_SPACE}%"


def rounded(number: float) -> str:
    """Writes a number that is estimated, with three digits: 17,835.04 as `17,800`, and 2.345 as `2.3`."""
    if number < 1000:  # noqa: PLR2004 - three digits
        return f"{number:.1f}" if 0 < number < 9.95 else f"{number:.0f}"  # noqa: PLR2004 - written as 10
    return f"{float(f'{number:.3g}'):,.0f}"


def a_or_b(number: int, one: str, more: str) -> str:
    """Writes a number before the noun that fits it."""
    return f"{number:,} {one if number == 1 else more}"
