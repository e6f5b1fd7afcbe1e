"""Errors that a user can act on: each message says what is wrong, where, and what to do next.

Every error that the package raises on purpose derives from `TokstatsError`; the command line prints its message as one
line and exits with its `exit_code`. Any other exception is a defect.
"""

import errno
import os

_REASON_CHARACTERS = 200

NO_SPACE_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of system errors that mean that no more can be written: disk, quota or file size is used up."""


class TokstatsError(Exception):
    """Base class of errors raised on purpose; the message is one line, even if a name in it has line breaks."""

    exit_code = 1

    def __init__(self, message: str) -> None:
        """Takes the message and joins its lines."""
        super().__init__(printable(" ".join(line.strip() for line in message.split("\n"))))


def printable(text: str) -> str:
    """The text with escapes for characters that would end a line, move the cursor or be invisible."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


class ConfigError(TokstatsError):
    """A setting in a config file or on the command line cannot be used."""

    exit_code = 2


class CorpusError(TokstatsError):
    """The data of a language is missing, damaged or unusable."""


class WorkerError(TokstatsError):
    """A worker process failed or died; the message names its shard."""


class OutputError(TokstatsError):
    """A result cannot be written to the requested path."""


class ResumeError(TokstatsError):
    """The work folder holds shards of another job; it is left as it is."""


class PrepareError(TokstatsError):
    """The rows of a language cannot be read from their source, or cannot be written."""


NATIVE_NOT_BUILT = "the native module is not built; run `make build`, or `pip install .` with a Rust toolchain"


def reason(error: BaseException) -> str:
    """The first line of an error's message, shortened, or the system's words; libraries add traces and advice."""
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)
    lines = str(error).strip().splitlines()
    return lines[0][:_REASON_CHARACTERS] if lines else type(error).__name__


def remedy(error: OSError) -> str:
    """The remedy for a file that the system refuses to write or read, before the same command is run again."""
    # The core's errors have no number, but their text has the system's words.
    full = error.errno in NO_SPACE_ERRNOS or any(os.strerror(code) in str(error) for code in NO_SPACE_ERRNOS)
    return "make room" if full else "see to the disk"
