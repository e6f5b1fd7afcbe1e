"""Report of `prepare`: shows the progress of each language, prints notices, and prints the summary at the end.

The progress is a bar on a terminal, and a line every few seconds elsewhere. Progress and notices go to stderr; the
summary is the result, so it goes to stdout.
"""

import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column, Table

from tokstats_parallel.display.console import PatientConsole, stderr_console
from tokstats_parallel.display.notices import Notices
from tokstats_parallel.display.progress import LINE_SECONDS, is_live
from tokstats_parallel.prepare.options import PrepareOptions
from tokstats_parallel.prepare.result import LanguageResult
from tokstats_parallel.system.wording import size_text


class PrepareReport(Notices):
    """Report that prints notices only; receives the progress, and does not show it."""

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """Receives that a language begins.

        Args:
            language: Name of the language.
            rows: Number of rows that earlier runs have written.
            text_bytes: Bytes of text in these rows.
            asked: Number of rows asked for in all; None if there is no limit.
        """

    def advance(self, rows: int, text_bytes: int) -> None:
        """Receives the number of rows just written for the present language, and the bytes of their text."""

    def end(self) -> None:
        """Receives that all languages are done; the report draws nothing after this call."""


class LineReport(PrepareReport):
    """Report for logs: prints a plain line about the progress every `LINE_SECONDS`."""

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """Prints that a language begins, and starts counting its rows."""
        self._language, self._asked = language, asked
        self._rows, self._text_bytes = rows, text_bytes
        self._last_line = time.monotonic()
        self.note(f"{language}: goes on after {rows:,} rows" if rows else f"{language}: begins")

    def advance(self, rows: int, text_bytes: int) -> None:
        """Counts the rows just written, and prints a line if the last line is `LINE_SECONDS` old."""
        self._rows += rows
        self._text_bytes += text_bytes
        now = time.monotonic()
        if now - self._last_line >= LINE_SECONDS:
            self._last_line = now
            share = "" if self._asked is None else f" of {self._asked:,}"
            self.note(f"{self._language}: {self._rows:,}{share} rows, {size_text(self._text_bytes)}")


class BarReport(PrepareReport):
    """Report for terminals: shows a progress bar for each language."""

    def __init__(self, console: PatientConsole) -> None:
        """Prepares the bars for the terminal `console`; they are shown from `__enter__` on."""
        super().__init__(console)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )

    def __enter__(self) -> Self:
        """Starts to show the bars."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops updating the bars; they stay on the terminal."""
        self.end()

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """Adds the bar of a language; the bar pulses if the number of rows is not known."""
        self._rows, self._text_bytes = rows, text_bytes
        self._task: TaskID = self._progress.add_task(language, total=asked, completed=rows, amount="")
        self.advance(0, 0)

    def advance(self, rows: int, text_bytes: int) -> None:
        """Moves the bar of the present language by the rows just written."""
        self._rows += rows
        self._text_bytes += text_bytes
        amount = f"{self._rows:,} rows, {size_text(self._text_bytes)}"
        self._progress.update(self._task, completed=self._rows, amount=amount)

    def end(self) -> None:
        """Stops updating the bars, because updates would be drawn over the summary."""
        self._progress.stop()


def open_report(*, quiet: bool) -> PrepareReport:
    """Returns a report that prints notices only if `quiet`, shows bars on a terminal, and prints lines elsewhere."""
    console = stderr_console()
    if quiet:
        return PrepareReport(console)
    return BarReport(console) if is_live(console) else LineReport(console)


def print_summary(results: Sequence[LanguageResult], console: PatientConsole) -> None:
    """Prints one line for each language: rows, bytes of text, and numbers of left-out rows by reason."""
    numbers = [Column(heading, justify="right") for heading in ("train rows", "train text", "valid rows", "valid text")]
    table = Table(
        Column("language", no_wrap=True),
        *numbers,
        Column("left out", overflow="fold"),
        title="Prepared",
        title_justify="left",
        show_edge=False,
        pad_edge=False,
    )
    for result in results:
        table.add_row(*_cells(result))
    if console.measure(table, options=console.options.update(width=sys.maxsize)).maximum > console.width:
        _stack(numbers)
    console.print(table)


def print_next_command(options: PrepareOptions, console: PatientConsole) -> None:
    """Prints the command that checks a config with the files that were just made."""
    key = shlex.quote(f"train_directory={options.train_directory}")
    console.put(f"next: tokstats validate CONFIG --set {key} (CONFIG is the config of your training)")


def _cells(result: LanguageResult) -> Iterator[str]:
    yield result.language
    yield f"{result.train.rows:,}" + (" (short)" if result.missing else "")
    yield size_text(result.train.text_bytes)
    yield f"{result.valid.rows:,}" if result.valid else "-"
    yield size_text(result.valid.text_bytes) if result.valid else "-"
    yield ", ".join(f"{reason} {count:,}" for reason, count in sorted(result.left_out.items())) or "nothing"


def _stack(columns: Sequence[Column]) -> None:
    """Makes columns as narrow as their words, so that rich puts units on a second line instead of cutting numbers."""
    for column in columns:
        words = (word for cell in (column.header, *column.cells) for word in str(cell).split())
        column.width = max(map(len, words))
