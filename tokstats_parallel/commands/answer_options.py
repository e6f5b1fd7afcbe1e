"""Options of the commands that answer questions about a result, with their types, defaults and help texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from tokstats_parallel.commands.parameters import PLAIN, WHOLE


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


@dataclass(frozen=True, kw_only=True)
class _TopSelection:
    """Options that choose the tokens of a list, which come first in the help.

    Attributes:
        most: Number of tokens.
        language: Count the batches of this language only.
        kind: List tokens of this kind only, such as word or "word start".
        sampled: Leave out the fixed tokens, which are in every vocabulary.
        form: Format of the output, table, json, csv, txt (one mapped token a line) or vocab.json (token -> id, from 0).
            --json and --csv are short for two of them.
    """

    most: Annotated[int, WHOLE, Parameter(name=["--number", "-n"])] = 50
    language: Annotated[str | None, PLAIN] = None
    kind: Annotated[str | None, PLAIN] = None
    sampled: Annotated[bool, PLAIN] = False
    form: Annotated[Literal["table", "json", "csv", "txt", "vocab.json"] | None, PLAIN, Parameter(name="--format")] = (
        None
    )


@dataclass(frozen=True, kw_only=True)
class TopOptions(AnswerOptions, _TopSelection):
    """Options of `top`."""

    def formats(self) -> tuple[str, ...]:
        """Returns the names of the formats that the ending of the output file can name."""
        return ("json", "csv", "txt", "vocab.json")

    def named_formats(self) -> Iterator[tuple[str, str]]:
        """Yields (words of the command line, format) for each option that names a format."""
        if self.form is not None:
            yield f"--format {self.form}", self.form
        yield from super().named_formats()


@dataclass(frozen=True, kw_only=True)
class _ShowSelection:
    """Options that name tokens, which come first in the help.

    Attributes:
        hex: Token by its bytes in hexadecimal digits, such as 20 or e282ac; may be given several times.
    """

    hex: Annotated[tuple[str, ...], PLAIN] = ()


@dataclass(frozen=True, kw_only=True)
class ShowOptions(AnswerOptions, _ShowSelection):
    """Options of `show`."""


@dataclass(frozen=True, kw_only=True)
class _DistributionSelection:
    """Options that choose the numbers of a distribution, which come first in the help.

    Attributes:
        language: Count the batches of this language only.
        table: Print one table only, classes, lengths, kinds, languages or ranks; with --csv, classes if none is named.
    """

    language: Annotated[str | None, PLAIN] = None
    table: Annotated[Literal["classes", "lengths", "kinds", "languages", "ranks"] | None, PLAIN] = None


@dataclass(frozen=True, kw_only=True)
class DistributionOptions(AnswerOptions, _DistributionSelection):
    """Options of `distribution`."""


@dataclass(frozen=True, kw_only=True)
class _CompareSelection:
    """Options that choose the sides of a comparison, which come first in the help.

    Attributes:
        languages: Two languages of one result; or the language of both results, or that of each.
        matrix: Compare all languages of one result, or those of --languages, each with each.
        top: Number of lines in each list.
    """

    languages: Annotated[tuple[str, ...], PLAIN, Parameter(consume_multiple=True)] = ()
    matrix: Annotated[bool, PLAIN] = False
    top: Annotated[int, WHOLE] = 10


@dataclass(frozen=True, kw_only=True)
class CompareOptions(AnswerOptions, _CompareSelection):
    """Options of `compare`."""
