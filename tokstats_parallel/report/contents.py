"""Contents: the parts of a report's page, as data that know nothing of HTML.

A page has sections, and a section has blocks: key numbers, tables and figures. Every figure has a table with the
numbers that it draws, so that nothing can be seen only in a drawing. In sentences (a summary, a lead, a caption, a
meaning, a note), words between backticks are shown as code.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from markupsafe import Markup

Cell = str | int | float | None
"""Value of a table: None where there is none. A float is written with as many digits as its column says."""


class Kind(StrEnum):
    """Kind of the values of a column, by which they are written and sorted."""

    TEXT = "text"
    """Words for a reader."""
    TOKEN = "token"  # noqa: S105 - a piece of a vocabulary, no password
    """Readable text of a token, in a fixed-width type; the text itself, which may be hostile, is never interpreted."""
    COUNT = "count"
    """Whole number."""
    SHARE = "share"
    """Number from 0 to 1, written in percent."""
    NUMBER = "number"
    """Any other number."""


@dataclass(frozen=True, slots=True)
class Column:
    """Column of a table.

    Attributes:
        name: Name in CSV, of lower-case letters and underscores; names of languages in it stay as they are.
        title: Heading for a reader.
        kind: Kind of the values.
        digits: Number of digits after the point, for a share (of percent) or another number.
        filter: Label of the choice by which a reader filters the rows of a table that can be searched; empty for none.
            A column of text offers its values. Columns of numbers with the same label offer their titles, and choosing
            one leaves the rows whose number there is not 0.
    """

    name: str
    title: str
    kind: Kind = Kind.COUNT
    digits: int = 1
    filter: str = ""


@dataclass(frozen=True, slots=True)
class DataTable:
    """Table of numbers. Tables with one row for each x, and one column for each series, take the fewest bytes.

    Attributes:
        name: Name of the table's file, unique on the page, of lower-case letters and hyphens.
        caption: Sentence that says what the table shows; also which rows are left out, and where they are.
        columns: Columns.
        rows: Values of each row, one for each column.
        can_be_searched: Whether a reader searches, sorts and filters it; for long tables. The rows of such a table are
            on the page once only, while all others have a link to their CSV.
    """

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    can_be_searched: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """Drawing of numbers.

    Attributes:
        title: What the drawing shows, in a few words.
        caption: What it says, in one or two sentences; also which points are left out, if any are.
        svg: Drawing, a complete `<svg>` element, made by a function of `charts`.
        data: The numbers that are drawn.
    """

    title: str
    caption: str
    svg: Markup
    data: DataTable


@dataclass(frozen=True, slots=True)
class KeyNumber:
    """Number that answers a question at one look.

    Attributes:
        label: Name of the number.
        value: The number, as written.
        meaning: Sentence that says what it means.
        note: Further number in words, such as a share; may be empty.
    """

    label: str
    value: str
    meaning: str
    note: str = ""


Block = DataTable | Figure | tuple[KeyNumber, ...]
"""Part of a section."""


@dataclass(frozen=True, slots=True)
class Section:
    """Section of a page.

    Attributes:
        anchor: Id of the section, of lower-case letters and hyphens.
        title: Heading.
        lead: Sentences that say what the section found; the first sentence alone must be understood.
        blocks: Numbers, tables and figures.
    """

    anchor: str
    title: str
    lead: str
    blocks: Sequence[Block] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """Page about one result, or about two.

    Attributes:
        title: Title of the page.
        summary: Sentences that say in half a minute what the run found.
        sections: Sections, the most important first.
        notes: Sentences about what the page leaves out or supposes.
    """

    title: str
    summary: Sequence[str]
    sections: Sequence[Section]
    notes: Sequence[str] = field(default_factory=tuple)
