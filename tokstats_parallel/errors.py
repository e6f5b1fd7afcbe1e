"""Errors that a user can act on: each message says what is wrong, where, and what to do next.

Every error that the package raises on purpose derives from `TokstatsError`. The command line prints the error's message
as one line and exits with the error's `exit_code`. Any other exception is a defect.
"""

import errno
import os

_REASON_CHARACTERS = 200

NO_SPACE_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of the system errors that mean that a file cannot grow: the disk, a quota or a size limit is exhausted."""


class TokstatsError(Exception):
    """Base class of the errors raised on purpose; each message is one line, even if a file name has line breaks."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        """Takes the message; joins its lines and escapes its unprintable characters."""
        super().__init__(printable(" ".join(line.strip() for line in message.split("\n"))))


def printable(string: str) -> str:
    """Returns the string with escapes for all characters that would end a line, move the cursor or be invisible."""
    if string.isprintable():
        return string
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in string
    )


class ConfigError(TokstatsError):
    """A setting in a config file or on the command line cannot be used."""

    exit_code = 2


class CorpusError(TokstatsError):
    """The data of a language is missing, damaged or unusable."""


class WorkerError(TokstatsError):
    """A worker process failed or died; the message names the shard that it ran."""


class OutputError(TokstatsError):
    """The result of a run cannot be written to the requested path."""


class ResumeError(TokstatsError):
    """The work folder holds partials of another job; the run stops and leaves the folder unchanged."""


class PrepareError(TokstatsError):
    """`tokstats prepare` cannot read the rows of a language from their source, or cannot write them."""


NATIVE_NOT_BUILT = "the native module is not built; run `make build`, or `pip install .` with a Rust toolchain"


def reason(error: BaseException) -> str:
    """Returns a short reason for an error: the system's words if it has an errno, else its message's first line.

    The other lines are left out, because libraries write stack traces and advice there.
    """
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    lines = str(error).strip().splitlines()
    return lines[0][:_REASON_CHARACTERS] if lines else type(error).__name__


def remedy(error: OSError) -> str:
    """Returns the advice for a file that the system refuses to write or read: make room, or see to the disk."""
    # The core's errors have no errno, but their messages have the system's words.
    full = error.errno in NO_SPACE_ERRNOS or any(os.strerror(code) in str(error) for code in NO_SPACE_ERRNOS)
    return "make room" if full else "see to the disk"
