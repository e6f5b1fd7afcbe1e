"""Consoles for stdout, which gets results, and for stderr, which gets everything else.

Lines are written unchanged: no markup, no emoji codes, no highlighting, no wrapping. rich chooses colours by the
environment variables NO_COLOR, FORCE_COLOR, TERM and TTY_COMPATIBLE. Writing never fails (see `standard_streams`).
"""

import io
import sys
from collections.abc import Callable
from typing import TextIO, cast

from rich.console import Console, ConsoleDimensions

from tokstats_parallel.errors import OutputError
from tokstats_parallel.system.standard_streams import UnfailingStream, unfailing

_USUAL_WIDTH = 80
_LEAST_WIDTH = 20
_MOST_WIDTH = 1000


class PatientConsole(Console):
    """Console that writes lines, and drops those that its stream does not take."""

    @property  # type: ignore[misc] # nobody sets a size
    def size(self) -> ConsoleDimensions:
        """Size of the terminal, in characters; a width at which rich would lay out tables for ever is not believed."""
        width, height = super().size
        return ConsoleDimensions(min(max(width or _USUAL_WIDTH, _LEAST_WIDTH), _MOST_WIDTH), height)

    def put(self, line: str) -> None:
        """Writes one line to the console."""
        self.out(line, highlight=False)

    def notice(self, line: str) -> None:
        """Writes one line that is not a result, with the program's name in front of it."""
        self.put(f"tokstats: {line}")


def stdout_console() -> PatientConsole:
    """Makes a console that writes results to stdout."""
    return _console(unfailing(sys.stdout, with_gaps=False))


def stderr_console() -> PatientConsole:
    """Makes a console that writes progress, notices and errors to stderr."""
    return _console(unfailing(sys.stderr, with_gaps=True))


def require_stdout(option: str) -> None:
    """Checks, before any work is done, that there is a stdout for the result that an option or a command asks for.

    Raises:
        OutputError: The process was started with a closed stdout.
    """
    if stdout_is_closed():
        other = f", or leave {option} out" if option.startswith("--") else ""
        raise OutputError(f"{option}: stdout is closed; give the output a place{other}")


def stdout_is_closed() -> bool:
    """Tells whether the process was started with a closed stdout."""
    return unfailing(sys.stdout, with_gaps=False).is_closed


def put_on_stdout(text: str) -> None:
    """Writes a text of any length to stdout as it is, without rich, which would take it apart."""
    unfailing(sys.stdout, with_gaps=False).write(text)


def plain_text(show: Callable[[PatientConsole], None]) -> str:
    """Returns what a function prints on a console, without colours and for lines of any width."""
    lines = io.StringIO()
    show(PatientConsole(file=lines, width=_MOST_WIDTH, color_system=None, highlight=False, emoji=False, markup=False))
    return lines.getvalue()


def take_stdout_failure() -> str | None:
    """Returns the reason why something could not be written to stdout, or None; afterwards nobody else reports it."""
    stdout = unfailing(sys.stdout, with_gaps=False)
    stdout.flush()
    failure, stdout.failure = stdout.failure, None
    return failure


def excuse_stdout(done: str) -> None:
    """Turns a failure of stdout into a notice on stderr, for a command whose result is elsewhere.

    Args:
        done: First half of the notice: what the command has done in spite of the failure.
    """
    if failure := take_stdout_failure():
        stderr_console().notice(f"{done}, but the summary is not: stdout cannot be written ({failure})")


def _console(stream: UnfailingStream) -> PatientConsole:
    return PatientConsole(file=cast("TextIO", stream), highlight=False, emoji=False, markup=False)
