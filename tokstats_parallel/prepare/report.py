"""What a run says while it goes: a bar on a terminal, a line every few seconds elsewhere, or nothing.

All of it goes to stderr; the summary at the end is the result and goes to stdout.
"""

import sys
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Protocol

from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column, Table

from tokstats_parallel.display.console import PatientConsole, stderr_console
from tokstats_parallel.display.progress import LINE_SECONDS, is_live
from tokstats_parallel.prepare.result import LanguageResult
from tokstats_parallel.system.wording import size_text


class Report(Protocol):
    """Receives what happens."""

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """A language begins, with what earlier runs have of it; `asked` rows in all, None for no limit."""

    def advance(self, rows: int, text_bytes: int) -> None:
        """More rows of the present language are on their way to the disk."""

    def note(self, line: str) -> None:
        """Something that the user should know."""

    def end(self) -> None:
        """The work is done: nothing is drawn after this, so that what is printed next stays."""


class QuietReport:
    """Notices only."""

    def __init__(self, console: PatientConsole | None = None) -> None:
        """`console`: where to; stderr by default."""
        self._console = console or stderr_console()

    def __enter__(self) -> Report:
        """Nothing to open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to close."""

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """Say nothing."""

    def advance(self, rows: int, text_bytes: int) -> None:
        """Say nothing."""

    def note(self, line: str) -> None:
        """Print the line as it is."""
        self._console.notice(line)

    def end(self) -> None:
        """Nothing is drawn."""


class LineReport(QuietReport):
    """A plain line every `LINE_SECONDS`, for logs."""

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """Start counting for a language."""
        self._language, self._asked = language, asked
        self._rows, self._text_bytes = rows, text_bytes
        self._said = time.monotonic()
        self.note(f"{language}: goes on after {rows:,} rows" if rows else f"{language}: begins")

    def advance(self, rows: int, text_bytes: int) -> None:
        """Count, and print where it is time."""
        self._rows += rows
        self._text_bytes += text_bytes
        now = time.monotonic()
        if now - self._said >= LINE_SECONDS:
            self._said = now
            share = "" if self._asked is None else f" of {self._asked:,}"
            self.note(f"{self._language}: {self._rows:,}{share} rows, {size_text(self._text_bytes)}")


class BarReport(QuietReport):
    """A bar for each language."""

    def __init__(self, console: PatientConsole) -> None:
        """`console` is a terminal."""
        super().__init__(console)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[amount]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
        )

    def __enter__(self) -> Report:
        """Show the bars."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bars as they are."""
        self.end()

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """Add the language's bar, which pulses where nobody knows the end."""
        self._rows, self._text_bytes = rows, text_bytes
        self._task: TaskID = self._progress.add_task(language, total=asked, completed=rows, amount="")
        self.advance(0, 0)

    def advance(self, rows: int, text_bytes: int) -> None:
        """Move the bar."""
        self._rows += rows
        self._text_bytes += text_bytes
        amount = f"{self._rows:,} rows, {size_text(self._text_bytes)}"
        self._progress.update(self._task, completed=self._rows, amount=amount)

    def end(self) -> None:
        """Leave the bars as they are; live ones would be drawn over the summary."""
        self._progress.stop()


def open_report(*, quiet: bool) -> QuietReport:
    """The report that fits the terminal."""
    console = stderr_console()
    if quiet:
        return QuietReport(console)
    return BarReport(console) if is_live(console) else LineReport(console)


def print_summary(results: Sequence[LanguageResult], console: PatientConsole) -> None:
    """Print one line a language: rows, bytes of text, what was left out and why."""
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


def _cells(result: LanguageResult) -> Iterator[str]:
    yield result.language
    yield f"{result.train.rows:,}" + (" (short)" if result.missing else "")
    yield size_text(result.train.text_bytes)
    yield f"{result.valid.rows:,}" if result.valid else "-"
    yield size_text(result.valid.text_bytes) if result.valid else "-"
    yield ", ".join(f"{reason} {count:,}" for reason, count in sorted(result.left_out.items())) or "nothing"


def _stack(columns: Sequence[Column]) -> None:
    """Make columns as narrow as their words: rich would cut the numbers rather than put their units below them."""
    for column in columns:
        words = (word for cell in (column.header, *column.cells) for word in str(cell).split())
        column.width = max(map(len, words))
