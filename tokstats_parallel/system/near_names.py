"""Near names: finds the known names that a user may have meant by an unknown one."""

import difflib
from collections.abc import Iterable


def near_names(name: str, known: Iterable[str], most: int = 3, *, similarity: float = 0.6) -> list[str]:
    """Returns the known names that are like `name`, the most similar first; capital letters make no difference.

    Names whose similarity is below `similarity`, from 0 to 1, are left out.
    """
    by_folded: dict[str, set[str]] = {}
    for other in known:
        by_folded.setdefault(other.casefold(), set()).add(other)
    near = difflib.get_close_matches(name.casefold(), by_folded, n=most, cutoff=similarity)
    return [other for folded in near for other in sorted(by_folded[folded])][:most]


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str) -> str:
    """Writes the question for other known names that are like `name`; returns `otherwise` if there are none."""
    if "," in name:
        return "names are separated by spaces, not by commas"
    near = near_names(name, set(known) - {name})
    return f"did you mean {' or '.join(near)}?" if near else otherwise
