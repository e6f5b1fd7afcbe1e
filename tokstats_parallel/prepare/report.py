"""What a run says while it goes: a bar on a terminal, a line every few seconds elsewhere, or nothing.

All of it goes to stderr; the summary at the end is the result and goes to stdout.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from tokstats_parallel.prepare.result import LanguageResult

LINE_SECONDS = 5.0


class Report(Protocol):
    """Receives what happens."""

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """A language begins, with what earlier runs have of it; `asked` rows in all, None for no limit."""

    def advance(self, rows: int, text_bytes: int) -> None:
        """More rows of the present language are on their way to the disk."""

    def note(self, line: str) -> None:
        """Something that the user should know."""


class QuietReport:
    """Notices only."""

    def __init__(self, console: Console | None = None) -> None:
        """`console`: where to; stderr by default."""
        self._console = console or Console(stderr=True)

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
        """Print the line as it is: no markup, no wrapping, no colours."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


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
            self.note(f"{self._language}: {self._rows:,}{share} rows, {megabytes(self._text_bytes)}")


class BarReport(QuietReport):
    """A bar for each language."""

    def __init__(self, console: Console) -> None:
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
        self._progress.stop()

    def begin(self, language: str, *, rows: int, text_bytes: int, asked: int | None) -> None:
        """Add the language's bar, which pulses where nobody knows the end."""
        self._rows, self._text_bytes = rows, text_bytes
        self._task: TaskID = self._progress.add_task(language, total=asked, completed=rows, amount="")
        self.advance(0, 0)

    def advance(self, rows: int, text_bytes: int) -> None:
        """Move the bar."""
        self._rows += rows
        self._text_bytes += text_bytes
        amount = f"{self._rows:,} rows, {megabytes(self._text_bytes)}"
        self._progress.update(self._task, completed=self._rows, amount=amount)


def open_report(*, quiet: bool) -> QuietReport:
    """The report that fits the terminal."""
    console = Console(stderr=True)
    if quiet:
        return QuietReport(console)
    return BarReport(console) if console.is_terminal else LineReport(console)


def megabytes(size: int) -> str:
    """A size in MB (10^6 bytes)."""
    return f"{size / 1e6:,.1f} MB"


def summary_table(results: Sequence[LanguageResult]) -> Table:
    """One line a language: rows, bytes of text, what was left out and why."""
    table = Table("language", title="Prepared", title_justify="left")
    for heading in ("train rows", "train text", "valid rows", "valid text"):
        table.add_column(heading, justify="right")
    table.add_column("left out")
    for result in results:
        left_out = ", ".join(f"{reason} {count:,}" for reason, count in sorted(result.left_out.items()))
        train, valid = result.train, result.valid
        table.add_row(
            result.language,
            f"{train.rows:,}" + (" (short)" if result.missing else ""),
            megabytes(train.text_bytes),
            f"{valid.rows:,}" if valid else "-",
            megabytes(valid.text_bytes) if valid else "-",
            left_out or "nothing",
        )
    return table
