"""Consoles for stdout, which gets results, and for stderr, which gets everything else.

Lines are written unchanged: no markup, no emoji codes, no highlighting, no wrapping. rich chooses colours by the
environment variables NO_COLOR, FORCE_COLOR, TERM and TTY_COMPATIBLE.
"""

import os
import sys
from typing import IO

from rich.console import Console


class PatientConsole(Console):
    """Console that drops all later output when its reader closes the pipe, as `head` does."""

    def on_broken_pipe(self) -> None:
        """Drops all later output of the console, even the rest of its buffer, because Python flushes it at the exit."""
        self.quiet = True
        discard_output(self.file)

    def put(self, line: str) -> None:
        """Writes one line to the console."""
        self.out(line, highlight=False)

    def notice(self, line: str) -> None:
        """Writes one line that is not a result, with the program's name in front of it."""
        self.put(f"tokstats: {line}")


def stdout_console() -> PatientConsole:
    """Makes a console that writes results to stdout."""
    _escape_unencodable()
    return PatientConsole(highlight=False, emoji=False, markup=False)


def stderr_console() -> PatientConsole:
    """Makes a console that writes progress, notices and errors to stderr."""
    _escape_unencodable()
    return PatientConsole(stderr=True, highlight=False, emoji=False, markup=False)


def discard_output(file: IO[str]) -> None:
    """Redirects an open file to the null device, so that neither its buffer nor later output can fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, file.fileno())
    os.close(null)


def _escape_unencodable() -> None:
    """Makes stdout and stderr escape characters that their encoding lacks, because a token may have any character."""
    for file in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(file, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")
