"""Fit: limits the table of tokens so that a page keeps within its budget of bytes."""

from collections.abc import Callable
from dataclasses import replace

from tokstats_parallel.report.contents import DataTable, Page, Section
from tokstats_parallel.report.html import BUDGET, render, rows_that_fit, space_left

_MARGIN = 0.97
"""Part of the fitting rows that are taken, since the tokens of fewer rows are others, and may be longer."""


def fit_tokens(page: Page, anchor: str, make: Callable[[int], Section]) -> Page:
    """Returns a page whose table of tokens has as many rows as fit the budget.

    Args:
        page: Page with the section of the tokens, with as many rows as may be wanted.
        anchor: Id of this section.
        make: Makes the section with at most so many tokens.
    """
    at = next((at for at, section in enumerate(page.sections) if section.anchor == anchor), None)
    if at is None:
        return page
    section = page.sections[at]
    tables = [block for block in section.blocks if isinstance(block, DataTable)]
    wanted = sum(len(table.rows) for table in tables)
    bare = replace(section, blocks=[replace(table, rows=()) for table in tables])
    rows = rows_that_fit(tables[0], space_left(_with(page, at, bare)))
    while rows < wanted:
        rows = int(rows * _MARGIN)
        shorter = _with(page, at, make(rows))
        if not rows or len(render(shorter).encode()) <= BUDGET:
            return shorter
    return page


def _with(page: Page, at: int, section: Section) -> Page:
    """Returns a page with another section in a place."""
    return replace(page, sections=[*page.sections[:at], section, *page.sections[at + 1 :]])
