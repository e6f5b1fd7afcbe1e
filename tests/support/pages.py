"""Pages of a report, read by tests: sections, tables and key numbers by name."""

from collections.abc import Iterator, Sequence
from typing import Any

from tokstats_parallel.report.contents import DataTable, Figure, KeyNumber, Page, Section


def tables_of(sections: Sequence[Section]) -> Iterator[DataTable]:
    """Yields all tables of sections, with those of figures."""
    for section in sections:
        for block in section.blocks:
            if isinstance(block, DataTable):
                yield block
            elif isinstance(block, Figure):
                yield block.data


def rows_of(section: Section, name: str) -> list[dict[str, Any]]:
    """Returns the rows of a table, each as name of the column -> value."""
    (table,) = (table for table in tables_of([section]) if table.name == name)
    return [dict(zip([column.name for column in table.columns], row, strict=True)) for row in table.rows]


def column_of(section: Section, name: str, column: str) -> list[Any]:
    """Returns the values of a column of a table."""
    return [row[column] for row in rows_of(section, name)]


def figures_of(section: Section) -> list[Figure]:
    """Returns the figures of a section."""
    return [block for block in section.blocks if isinstance(block, Figure)]


def key_numbers(section: Section) -> dict[str, KeyNumber]:
    """Returns label -> key number."""
    return {one.label: one for block in section.blocks if isinstance(block, tuple) for one in block}


def section_of(page: Page, anchor: str) -> Section:
    """Returns the section with an id."""
    (section,) = (section for section in page.sections if section.anchor == anchor)
    return section


def anchors(page: Page) -> list[str]:
    """Returns the ids of the sections of a page, in order."""
    return [section.anchor for section in page.sections]
