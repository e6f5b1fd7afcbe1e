"""Options of the commands that answer questions about a result, with their types, defaults and help texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from tokstats_parallel.commands.options import PLAIN


@dataclass(frozen=True, kw_only=True)
class AnswerOptions:
    """Options about the output of an answer, which come last in the help.

    Attributes:
        json: Print one JSON object, in place of a table for a reader.
        csv: Print CSV, with the names of the columns in the first line.
        output_file: File for the output, in place of stdout; its ending names the format, if no option does.
        force: Replace the output file, if there is one.
    """

    json: Annotated[bool, PLAIN] = False
    csv: Annotated[bool, PLAIN] = False
    output_file: Annotated[Path | None, PLAIN] = None
    force: Annotated[bool, PLAIN] = False

    def formats(self) -> tuple[str, ...]:
        """Returns the names of the formats that the ending of the output file can name."""
        return ("json", "csv")

    def named_formats(self) -> Iterator[tuple[str, str]]:
        """Yields (words of the command line, format) for each option that names a format."""
        if self.json:
            yield "--json", "json"
        if self.csv:
            yield "--csv", "csv"
