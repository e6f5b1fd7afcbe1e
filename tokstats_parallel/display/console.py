"""Consoles for the two output streams: results on stdout, everything else on stderr.

Text is written as it is: no markup, no emoji codes, no highlighting, no wrapping. rich decides about colours, by
NO_COLOR, FORCE_COLOR, TERM and TTY_COMPATIBLE.
"""

import os
import sys
from typing import IO

from rich.console import Console


class PatientConsole(Console):
    """A console whose reader may close the pipe, as `head` does: later output is dropped."""

    def on_broken_pipe(self) -> None:
        """Continues without output; the stream is discarded, too, since Python flushes it again at the exit."""
        self.quiet = True
        discard_output(self.file)

    def put(self, text: str) -> None:
        """Writes one line."""
        self.out(text, highlight=False)

    def notice(self, text: str) -> None:
        """Writes one line that is not a result; it begins with the program's name."""
        self.put(f"tokstats: {text}")


def stdout_console() -> PatientConsole:
    """Makes a console for results."""
    _escape_unencodable()
    return PatientConsole(highlight=False, emoji=False, markup=False)


def stderr_console() -> PatientConsole:
    """Makes a console for progress, notices and errors."""
    _escape_unencodable()
    return PatientConsole(stderr=True, highlight=False, emoji=False, markup=False)


def discard_output(stream: IO[str]) -> None:
    """Redirects a stream to the null device, so that neither its buffer nor later output can fail again."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)


def _escape_unencodable() -> None:
    """Makes stdout and stderr write escapes for characters that the terminal's encoding lacks; tokens may have any."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")
