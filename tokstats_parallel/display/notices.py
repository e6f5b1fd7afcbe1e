"""Notices: the base of all that shows how a command goes on."""

from types import TracebackType
from typing import Self

from tokstats_parallel.display.console import PatientConsole


class Notices:
    """Prints lines that a user should know, and no progress."""

    def __init__(self, console: PatientConsole | None) -> None:
        """Takes the console to write to; nothing is printed where it is None."""
        self._console = console

    def __enter__(self) -> Self:
        """Starts the display."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the display, and leaves the terminal as it was."""

    def note(self, line: str) -> None:
        """Prints a line that a user should know."""
        if self._console is not None:
            self._console.notice(line)
