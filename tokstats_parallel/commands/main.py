"""Entry point of the program: runs the command of a command line, and turns its outcome into an exit code.

Exit codes: 0 done, 1 failed, 2 wrong usage or config, 3 finished but incomplete, 130 interrupted, 143 terminated.
Results go to stdout; progress, notices and errors to stderr. An error that a user can act on is one line, without a
traceback.

This module is loaded before the command is known, so it imports no module that takes long to load.
"""

import gc
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from tokstats_parallel.errors import NATIVE_NOT_BUILT, TokstatsError, machine_failure, reason, remedy
from tokstats_parallel.system.arrow_memory import use_system_memory
from tokstats_parallel.system.blas_threads import start_no_blas_threads
from tokstats_parallel.system.import_path import leave_out_callers_folders
from tokstats_parallel.system.signals import (
    EXIT_CODES,
    end_now,
    end_promptly,
    exit_code,
    exit_message_written,
    interrupted,
)
from tokstats_parallel.system.standard_streams import open_closed_descriptors, unfailing_streams
from tokstats_parallel.system.working_folder import require_working_folder

_BEGINS_ANEW = "vocabulary"
"""Command that leaves nothing from which it could go on after an interrupt."""
_TASK = "work"
"""Command that a scheduler ends by signals, and starts again if it is told that the task is incomplete."""
_INCOMPLETE = 3
_GARBAGE_THRESHOLD = 100_000
"""Number of new objects before a garbage collection. With the default, loading the modules took 7 % longer, because it
makes many objects, of which none is garbage."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command of a command line; prints errors that a user can act on.

    Args:
        argv: Words of the command line, without the program's name; None takes the arguments of the process.

    Returns:
        The exit code.
    """
    tokens = list(sys.argv[1:] if argv is None else argv)
    with unfailing_streams() as stdout:
        code = _exit_code(tokens)
        stdout.flush()
        if stdout.failure:  # no command has taken it, so the result was there
            _say(f"error: stdout cannot be written ({stdout.failure}); give the output another place")
            return code or 1
        return code


def run(argv: Sequence[str] | None = None) -> NoReturn:
    """Runs the command of a command line as `main` does, and ends the process with the command's exit code."""
    leave_out_callers_folders()
    gc.set_threshold(_GARBAGE_THRESHOLD)
    use_system_memory()
    start_no_blas_threads()
    try:
        open_closed_descriptors()
        tokens = sys.argv[1:] if argv is None else argv
        end_promptly(f"tokstats: {_interrupt_message(tokens)}", _exit_codes(tokens))
        code = main(argv)
    except KeyboardInterrupt as interrupt:  # before or after the command
        code = exit_code(interrupt)
    except Exception as error:  # noqa: BLE001 - a defect is raised again
        code = _say_why(error)  # for example, no thread can be started to wait for a Ctrl-C
    if interrupted(code):
        end_now(code)
    with suppress(OSError, ValueError, AttributeError):  # it may be full or closed
        sys.stderr.flush()
    # Python's own exit would free all memory first, which takes a tenth of a second; the system frees it at once.
    os._exit(code)


def _exit_code(tokens: list[str]) -> int:
    """Runs the command, prints the error that ends it, and returns the exit code."""
    try:
        return _dispatch(tokens)
    except TokstatsError as error:
        _say(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt as interrupt:
        _say(_interrupt_message(tokens))
        exit_message_written()
        return exit_code(interrupt)
    except Exception as error:  # noqa: BLE001 - a defect is raised again
        return _say_why(error)


def _say_why(error: Exception) -> int:
    """Prints the line about an error that is no defect, and returns the exit code; raises a defect again."""
    line = _explained(error)
    if line is None:
        raise error
    _say(f"error: {line}")
    return 1


def _explained(error: Exception) -> str | None:
    """Returns the line about an error that no command has turned into a TokstatsError; None for a defect."""
    where = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
    if failure := machine_failure(error):
        return f"{where}{reason(failure)}; {remedy(failure)} and run the same command again"
    if isinstance(error, OSError):  # of a file that no command expects to fail
        return f"{where}{reason(error)}; see to that, and run the same command again"
    return NATIVE_NOT_BUILT if _is_about_the_native_module(error) else None


def _is_about_the_native_module(error: BaseException | None) -> bool:
    """Tells whether an import has failed because of the native module, or the import that caused this one has.

    The library of commands loads a command's module, and raises an error of its own about that.
    """
    if not isinstance(error, ImportError):
        return False
    about = str(error) == NATIVE_NOT_BUILT or "_native" in str(error)
    return about or _is_about_the_native_module(error.__cause__)


def _exit_codes(tokens: Sequence[str]) -> dict[int, int]:
    """Returns signal -> exit code, for the signals that end the command."""
    if tokens[:1] == [_TASK]:
        return {**EXIT_CODES, signal.SIGTERM: _INCOMPLETE, signal.SIGUSR1: _INCOMPLETE}
    return dict(EXIT_CODES)


def _interrupt_message(tokens: Sequence[str]) -> str:
    if tokens[:1] == [_BEGINS_ANEW]:
        return "interrupted; the same command begins anew"
    again = "the same command without --fresh" if "--fresh" in tokens else "the same command"
    return f"interrupted; {again} goes on from here"


def _dispatch(tokens: list[str]) -> int:
    if tokens == ["--version"]:  # the parser gives the same answer 0.2 s later
        from tokstats_parallel import __version__  # noqa: PLC0415 - the native module may be missing

        sys.stdout.write(f"{__version__}\n")
        return 0
    if not {"--help", "-h"}.intersection(tokens):
        require_working_folder()
    from tokstats_parallel.commands.parser import dispatch  # noqa: PLC0415 - takes 0.2 s; Ctrl-C may come meanwhile

    return dispatch(tokens)


def _say(text: str) -> None:
    one_line = " ".join(line.strip() for line in text.splitlines())
    try:
        from tokstats_parallel.display.console import stderr_console  # noqa: PLC0415 - as above
    except (OSError, ImportError):  # too many open files to load it
        sys.stderr.write(f"tokstats: {one_line}\n")
    else:
        stderr_console().notice(one_line)
