"""Language counts: the user's table of pages of each language, by which the training weighs languages (SPEC 2).

The table is a CSV file with the columns `lang_code` and `n_pages`, as the training's repository keeps MADLAD-400's.
"""

import csv
import math
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from tokstats_parallel.errors import ConfigError, TokstatsError, machine_failure, not_readable_now, reason
from tokstats_parallel.system.regular_file import require_regular_file

DEFAULT_TABLE = "data/madlad400_metadata.csv"
"""Path of the table in the training's repository, looked up as the config's paths are."""
_NAME, _PAGES = "lang_code", "n_pages"


def read_counts(table: Path, languages: Collection[str]) -> dict[str, float]:
    """Reads the pages of the given languages, as far as the table has them; other rows and columns are not looked at.

    Raises:
        ConfigError: The table cannot be read or lacks a column, or has no single number above 0 for a given language.
    """
    try:
        require_regular_file(table, or_open_pipe=True)
        with table.open(encoding="utf-8-sig", newline="") as file:
            return _pages(_rows(file, table), languages, table)
    except FileNotFoundError as error:
        raise ConfigError(f"{table}: no such table of language counts; correct --language-counts") from error
    except OSError as error:
        if failure := machine_failure(error):
            raise TokstatsError(not_readable_now(str(table), failure)) from error
        raise ConfigError(f"{table}: cannot be read ({reason(error)}); correct --language-counts") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(f"{table}: not readable as CSV in UTF-8 ({reason(error)}); save it anew") from error


def _rows(file: Iterable[str], table: Path) -> Iterator[tuple[int, str, str]]:
    """Yields number of the line, name and pages of each row; the columns may have any order, and others beside them."""
    reader = csv.reader(file, skipinitialspace=True, strict=True)
    columns = [cell.strip() for cell in next(reader, [])]
    if columns.count(_NAME) != 1 or columns.count(_PAGES) != 1:
        found = ",".join(columns)[:100] or "nothing"
        raise ConfigError(
            f"{table}: line 1 must name the columns {_NAME} and {_PAGES} (found {found}); add such a line"
        )
    name, pages = columns.index(_NAME), columns.index(_PAGES)
    for row in reader:
        cells = [*row, *[""] * len(columns)]  # a row may be short
        if "\n" in cells[name]:  # a quotation mark too many; the lines up to the next one would be lost
            raise ConfigError(f"{table}: line {reader.line_num} ends a name that has several lines; correct its quotes")
        yield reader.line_num, cells[name].strip(), cells[pages].strip()


def _pages(rows: Iterable[tuple[int, str, str]], languages: Collection[str], table: Path) -> dict[str, float]:
    pages: dict[str, float] = {}
    lines: dict[str, int] = {}
    for line, name, typed in rows:
        if name not in languages:
            continue
        where = f"{table}: line {line}: language {name!r}"
        if name in lines:
            raise ConfigError(f"{where} was counted in line {lines[name]} already; keep one of them")
        number = _number(typed)
        if not (math.isfinite(number) and number > 0):
            raise ConfigError(f"{where} has {typed!r} as {_PAGES}, which must be a number above 0; correct it")
        lines[name], pages[name] = line, number
    return pages


def _number(typed: str) -> float:
    """Parses a number of pages; returns NaN if the string is no number."""
    try:
        return float(typed)
    except ValueError:
        return math.nan
