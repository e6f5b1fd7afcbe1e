"""HTML: writes a page as one file that needs no other, with its style and its script."""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from itertools import accumulate

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tokstats_parallel._native import VERSION
from tokstats_parallel.report.choices import choices_of
from tokstats_parallel.report.contents import DataTable, Figure, Page
from tokstats_parallel.report.csv_text import csv_address
from tokstats_parallel.report.palette import DARK, LIGHT, variables
from tokstats_parallel.report.rows import left_columns, row_lines, rows_markup
from tokstats_parallel.report.visible import visible

BUDGET = 300_000
"""Most bytes that a page may have."""
_HELD_BACK = 4000
_POLICY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; style-src {}; script-src {}"
"""Content policy: the browser loads nothing, and runs only the style and the script that the page was made with."""

_PROSE = (Markup("{}"), Markup("<code>{}</code>"))


def render(page: Page) -> str:
    """Returns a page as HTML."""
    styles = [_light(), _dark() + source("style.css")]
    script = source("script.js")
    policy = _POLICY.format(" ".join(map(_digest, styles)), _digest(script))
    template = _environment().get_template("page.html")
    return template.render(page=page, policy=policy, styles=list(map(Markup, styles)), script=Markup(script))  # noqa: S704 - files of this package


def render_cell(sentences: Sequence[str], tables: Sequence[DataTable], more: str) -> str:
    """Returns sentences and tables as a part of a page, without style and script, for a page of others."""
    return _environment().get_template("cell.html").render(sentences=sentences, tables=tables, more=more)


def space_left(page: Page) -> int:
    """Returns the bytes that a page leaves for rows of a table that it has without rows; 0 if it leaves none.

    Some are held back for what comes with the rows: longer words about their number, and filters for their values.
    """
    return max(0, BUDGET - _HELD_BACK - len(render(page).encode()))


def rows_that_fit(table: DataTable, space: int) -> int:
    """Returns how many of the first rows of a table that can be searched take at most `space` bytes of a page."""
    sizes = accumulate(len(line.encode()) for line in row_lines(table))
    return sum(size <= space for size in sizes)


@cache
def source(name: str) -> str:
    """Returns the text of a file beside the template of the page."""
    return (resources.files("tokstats_parallel.report") / "templates" / name).read_text("utf-8")


def _light() -> str:
    """Returns the style sheet of drawings; the script takes the colours of saved drawings from it, too."""
    return f":root{{{variables(LIGHT)}}}\n{source('chart.css')}"


def _dark() -> str:
    """Returns the dark colours, for those who have chosen them, in their system or on the page; never on paper."""
    colours = f"color-scheme:dark;{variables(DARK)}"
    return (
        f"@media screen{{:root[data-theme=dark]{{{colours}}}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{colours}}}}}\n"
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        finalize=_shown,
        loader=PackageLoader("tokstats_parallel.report"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters.update(choices=choices_of, csv=csv_address, left=left_columns, prose=_prose, rows=rows_markup)
    environment.tests.update(
        figure=lambda block: isinstance(block, Figure), table=lambda block: isinstance(block, DataTable)
    )
    environment.globals.update(version=VERSION)
    return environment


def _prose(text: str) -> Markup:
    """Returns sentences as HTML: words between backticks are code."""
    return Markup().join(_PROSE[place % 2].format(part) for place, part in enumerate(visible(text).split("`")))


def _shown(value: object) -> object:
    """Returns a value as it is put into the page: text is made visible, unless it is HTML."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
