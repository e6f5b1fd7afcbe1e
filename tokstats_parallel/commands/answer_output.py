"""Output of an answer on a result: a table for a reader, JSON or CSV, on stdout or in a file.

Every answer has `--json`, `--csv`, `--output-file` and `--force`, and all of them mean the same everywhere. The format
is the one that is named; else that of the ending of `--output-file`, `.json` or `.csv`; else a table for a reader.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tokstats_parallel.commands.answer_options import AnswerOptions
from tokstats_parallel.display.console import (
    PatientConsole,
    plain_text,
    put_on_stdout,
    stdout_console,
    stdout_is_closed,
)
from tokstats_parallel.errors import ConfigError, OutputError
from tokstats_parallel.results.text_file import (
    Refusal,
    check_text_file,
    refuse_existing,
    refuse_none,
    write_text_file,
)
from tokstats_parallel.system.file_names import json_values

TABLE, JSON, CSV = "table", "json", "csv"
_LINE_END = "\r\n"


class Answer(Protocol):
    """Answer to a question about a result, as data."""

    def to_json(self) -> Mapping[str, Any]:
        """Returns one object for JSON, with `schema_version`; a change of it that breaks programs raises that."""

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        """Returns the names of the columns and the rows for CSV; None is an empty field."""


def check_output(options: AnswerOptions, inputs: Iterable[Path] = ()) -> None:
    """Checks, before any work is done, that the output can be written where the options say.

    Args:
        options: Options as typed.
        inputs: Files and folders that the command reads, which no output may replace.

    Raises:
        ConfigError: Two formats are named.
        OutputError: There is no place for the output, or a file is there and `--force` is not given.
    """
    answer_format(options)
    file = _file(options)
    if file is None:
        if stdout_is_closed():
            raise OutputError("stdout is closed; name a file for the answer with --output-file")
        return
    check_text_file(file, inputs, _refusal(options))


def answer_format(options: AnswerOptions) -> str:
    """Returns the format of the output: the one that is named, else that of the file's ending, else `TABLE`.

    Raises:
        ConfigError: Two formats are named.
    """
    named = {name: how for how, name in options.named_formats()}
    if len(named) > 1:
        raise ConfigError(f"{' and '.join(sorted(named.values()))} name different formats; give one of them")
    if named:
        return next(iter(named))
    ending = options.output_file.name if options.output_file else ""
    formats = sorted(options.formats(), key=len, reverse=True)  # vocab.json before json
    return next((name for name in formats if ending.lower().endswith(f".{name}")), TABLE)


def write_answer(answer: Answer, options: AnswerOptions, show: Callable[[PatientConsole], None]) -> None:
    """Writes an answer in the format and to the place that the options name.

    Args:
        answer: Answer to write.
        options: Options as typed, which `check_output` has checked.
        show: Prints the answer for a reader.

    Raises:
        OutputError: The file cannot be written.
    """
    form = answer_format(options)
    if form == JSON:
        write_text(json_text(answer), options)
    elif form == CSV:
        write_text(csv_text(answer), options)
    elif _file(options) is None:
        show(stdout_console())
    else:
        write_text(plain_text(show), options)


def write_text(text: str, options: AnswerOptions) -> None:
    """Writes a text to the place that the options name; its last line ends with a line break.

    Raises:
        OutputError: The file cannot be written, or is there and `--force` is not given.
    """
    file = _file(options)
    if file is None:
        put_on_stdout(text)
        return
    write_text_file(file, text, _refusal(options))


def json_text(answer: Answer) -> str:
    """Returns an answer as one line of JSON, in ASCII so that every terminal and pipe accepts it."""
    return json.dumps(json_values(answer.to_json()), allow_nan=False) + "\n"


def csv_text(answer: Answer) -> str:
    """Returns an answer as CSV (RFC 4180, but lines end with a line feed): names of the columns, then the rows."""
    names, rows = answer.table()
    text = _Lines()
    writer = csv.writer(text, lineterminator=_LINE_END)
    writer.writerow(names)
    writer.writerows([_csv_value(value) for value in row] for row in rows)
    return text.getvalue()


class _Lines(io.StringIO):
    """Text of CSV lines, which takes lines that end with carriage return and line feed, and ends them with the latter.

    The library puts quotes around a carriage return only where lines end with one, and readers take one without quotes
    for the end of a line.
    """

    def write(self, line: str, /) -> int:
        """Writes one line."""
        return super().write(line.removesuffix(_LINE_END) + "\n")


def _csv_value(value: object) -> object:
    """Returns a value as JSON writes it: true and false, and escapes for the bytes of a name that is not UTF-8."""
    return str(value).lower() if isinstance(value, bool) else json_values(value)


def _file(options: AnswerOptions) -> Path | None:
    """Returns the file for the output; None for stdout, which a dash names, too."""
    return None if options.output_file is None or str(options.output_file) == "-" else options.output_file


def _refusal(options: AnswerOptions) -> Refusal:
    return refuse_none if options.force else refuse_existing
