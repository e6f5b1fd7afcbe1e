"""Choices by which a reader filters the rows of a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokstats_parallel.report.contents import Column, DataTable
from tokstats_parallel.report.rows import is_text, written


@dataclass(frozen=True, slots=True)
class Option:
    """Choice of a reader.

    Attributes:
        value: Text that the cells of chosen rows have, or the place of the column where their numbers are not 0.
        label: Name of the choice.
    """

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Choices of which one is made at a time.

    Attributes:
        label: Name of the choice, such as "Kind".
        column: Place of the column of text whose values are the options; None if the options are columns.
        options: Options.
    """

    label: str
    column: int | None
    options: Sequence[Option]


def choices_of(table: DataTable) -> list[Choice]:
    """Returns the choices of a table, in the order of its columns."""
    choices: dict[str, Choice] = {}
    for place, column in enumerate(table.columns):
        if not column.filter:
            continue
        if is_text(column):
            choices[column.filter] = Choice(column.filter, place, _values(table, place, column))
        else:
            choice = choices.setdefault(column.filter, Choice(column.filter, None, []))
            option = Option(str(place), column.title)
            choices[column.filter] = Choice(choice.label, None, [*choice.options, option])
    return list(choices.values())


def _values(table: DataTable, place: int, column: Column) -> list[Option]:
    """Returns the values of a column of text, each once, sorted."""
    return [Option(value, value) for value in sorted({written(column, row[place]) for row in table.rows}) if value]
