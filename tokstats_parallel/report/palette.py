"""Palette: the colours of a page, light and dark.

Text has a contrast of at least 4.5 against its ground, lines and marks at least 3 (WCAG 2.2, level AA); tests compute
them. Nothing on a page depends on telling colours apart.
"""

from collections.abc import Mapping

LIGHT: Mapping[str, str] = {
    "ground": "#ffffff",
    "panel": "#f4f6f8",
    "text": "#1b2128",
    "muted": "#545e69",
    "line": "#d5dbe1",
    "edge": "#78838f",
    "link": "#0b57b7",
    "heat": "#2a78d6",
    "series-1": "#1261bd",
    "series-2": "#b84a00",
    "series-3": "#00786a",
    "series-4": "#a12a86",
    "series-5": "#7b5c00",
    "series-6": "#5a45c9",
    "series-7": "#c01f45",
    "series-8": "#4f5b66",
}
"""Colours by name, dark on light."""
DARK: Mapping[str, str] = {
    "ground": "#14181d",
    "panel": "#1d232a",
    "text": "#e6eaee",
    "muted": "#a7b1bc",
    "line": "#343d47",
    "edge": "#75818e",
    "link": "#7cb7ff",
    "heat": "#3d8bf0",
    "series-1": "#6fb1ff",
    "series-2": "#ff9e5e",
    "series-3": "#3fd0b6",
    "series-4": "#f08bd8",
    "series-5": "#e0bd45",
    "series-6": "#b5a8ff",
    "series-7": "#ff8aa0",
    "series-8": "#b5c0cb",
}
"""Colours of the same names, light on dark."""


def variables(colours: Mapping[str, str]) -> str:
    """Returns the colours as variables of a style sheet."""
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())
