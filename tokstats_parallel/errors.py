"""Errors a user can act on: each message says what, where, and what to do next.

Everything the package raises on purpose derives from `TokstatsError`; the command line prints its message as one
line and exits with its `exit_code`. Any other exception is a defect.
"""

import errno
import os

_REASON_CHARACTERS = 200
NO_SPACE_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class TokstatsError(Exception):
    """Base of every error raised on purpose; its message is one line, whatever names are in it."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        """Takes the message; its lines become one."""
        super().__init__(printable(" ".join(line.strip() for line in message.split("\n"))))


def printable(text: str) -> str:
    """The text with escapes in the place of characters that would end a line, move the cursor or not show."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


class ConfigError(TokstatsError):
    """What was typed, in a config file or on the command line, cannot be used."""

    exit_code = 2


class CorpusError(TokstatsError):
    """The data of a language is missing, damaged or unusable."""


class WorkerError(TokstatsError):
    """A worker process failed or died; the message names its shard."""


class OutputError(TokstatsError):
    """A result cannot be written where it was asked for."""


class ResumeError(TokstatsError):
    """The work folder holds what another run has saved; it is left as it is."""


class PrepareError(TokstatsError):
    """The rows of a language cannot be had from their source, or not be written."""


NATIVE_NOT_BUILT = "the native module is not built; run `make build`, or `pip install .` with a Rust toolchain"


def reason(error: BaseException) -> str:
    """What went wrong, in one short line: libraries add traces and advice of many lines."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    lines = str(error).strip().splitlines()
    return lines[0][:_REASON_CHARACTERS] if lines else type(error).__name__


def remedy(error: OSError) -> str:
    """What to do about a file that the system refuses to write or read, before the same command is run again."""
    # The core's errors have no number; their text has the system's words.
    full = error.errno in NO_SPACE_ERRNOS or any(os.strerror(code) in str(error) for code in NO_SPACE_ERRNOS)
    return "make room" if full else "see to the disk"
