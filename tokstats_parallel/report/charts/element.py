"""SVG elements, as text that is safe in HTML: whatever is put into one is escaped."""

from collections.abc import Iterable

from markupsafe import Markup

from tokstats_parallel.report.charts.text import SIZE
from tokstats_parallel.report.visible import visible

WIDTH = 560
"""Width of a drawing; a page shows it as large or smaller."""
_SVG = Markup(
    '<svg class="{}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
    'height="{height}" role="img" font-size="{}" font-family="system-ui,sans-serif" fill="currentColor">'
    "<title>{}</title><desc>{}</desc>{}</svg>"
)
_TEXT = Markup('<text x="{}" y="{}"{}>{}</text>')
_PATH = Markup('<path{} d="{}"/>')
_ATTRIBUTE = Markup(' {}="{}"')


def number(value: float) -> str:
    """Returns a coordinate with at most one digit after the point."""
    text = f"{value:.1f}"
    return text.removesuffix(".0") if text != "-0.0" else "0"


def attributes(values: dict[str, str | float]) -> Markup:
    """Returns attributes with their names' `_` as `-`; a trailing `_` is dropped, and empty values are left out."""
    return join(
        _ATTRIBUTE.format(
            name.rstrip("_").replace("_", "-"), visible(value) if isinstance(value, str) else number(value)
        )
        for name, value in values.items()
        if value != ""
    )


def text(x: float, y: float, content: str, **values: str | float) -> Markup:
    """Returns text whose base line is at `y`; `x` is its start unless the attribute `text_anchor` says otherwise."""
    return _TEXT.format(number(x), number(y), attributes(values), visible(content))


def path(d: str, **values: str | float) -> Markup:
    """Returns a path; `d` are its drawing commands."""
    return _PATH.format(attributes(values), d)


def line(places: Iterable[tuple[float, float]]) -> str:
    """Returns the drawing commands of a line; places that fall together with the one before are left out."""
    words: list[str] = []
    for x, y in places:
        word = f"{number(x)} {number(y)}"
        if not words or words[-1] != word:
            words.append(word)
    return f"M{'L'.join(words)}" if words else ""


def join(parts: Iterable[Markup]) -> Markup:
    """Returns elements one after the other."""
    return Markup().join(parts)


def drawing(
    *, title: str, description: str, content: Markup, height: float, width: float = WIDTH, class_: str = "chart"
) -> Markup:
    """Returns a complete drawing.

    Args:
        title: Name for those who do not see it.
        description: What it shows.
        content: Elements.
        height: Height in units of the drawing.
        width: Width.
        class_: Class of the `<svg>` element.
    """
    return _SVG.format(
        class_, SIZE, visible(title), visible(description), content, width=number(width), height=number(height)
    )
