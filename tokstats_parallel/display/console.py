"""The two streams that a user reads: results on stdout, everything else on stderr.

Text goes out as it is: no markup, no emoji codes, no highlighting, no wrapping. Whether there are colours is rich's
decision, which knows NO_COLOR, FORCE_COLOR, TERM and TTY_COMPATIBLE.
"""

import os
import sys
from typing import IO

from rich.console import Console


class PatientConsole(Console):
    """A console whose reader may go away, as `head` does: what comes after that is not written."""

    def on_broken_pipe(self) -> None:
        """Goes on without output; the stream itself is led to nowhere, for it is flushed again at the exit."""
        self.quiet = True
        lead_to_nowhere(self.file)

    def put(self, text: str) -> None:
        """Writes one line."""
        self.out(text, highlight=False)

    def notice(self, text: str) -> None:
        """Writes one line that is no result: it begins with the program's name."""
        self.put(f"tokstats: {text}")


def stdout_console() -> PatientConsole:
    """For results."""
    _write_anything()
    return PatientConsole(highlight=False, emoji=False, markup=False)


def stderr_console() -> PatientConsole:
    """For progress, notices and errors."""
    _write_anything()
    return PatientConsole(stderr=True, highlight=False, emoji=False, markup=False)


def lead_to_nowhere(stream: IO[str]) -> None:
    """What the stream still holds, and all that comes after it, is dropped instead of failing again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _write_anything() -> None:
    """Tokens hold characters that a terminal's encoding may lack: those are written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if (reconfigure := getattr(stream, "reconfigure", None)) is not None:
            reconfigure(errors="backslashreplace")
