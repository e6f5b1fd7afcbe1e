"""Notices: the base class of all displays that show the progress of a command."""

from types import TracebackType
from typing import Self

from tokstats_parallel.display.console import PatientConsole


class Notices:
    """Display that prints single lines for the user and shows no progress; a context manager."""

    def __init__(self, console: PatientConsole | None) -> None:
        """Takes the console to write to; with None, the display prints nothing."""
        self._console = console

    def __enter__(self) -> Self:
        """Starts the display, and returns it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the display, and puts the terminal back into its former state."""

    def note(self, line: str) -> None:
        """Prints one line that the user should know."""
        if self._console is not None:
            self._console.notice(line)
