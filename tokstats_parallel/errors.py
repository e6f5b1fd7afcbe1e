"""Errors that a user can act on: each message says what is wrong, where, and what to do next.

Every error that the package raises on purpose derives from `TokstatsError`. The command line prints the error's message
as one line and exits with the error's `exit_code`. Any other exception is a defect.
"""

import errno
import os

_REASON_CHARACTERS = 200

NO_SPACE_ERRNOS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""Numbers of the system errors that mean that a file cannot grow: the disk, a quota or a size limit is exhausted."""

_NO_THREAD = "can't start new thread"
_NO_MEMORY_FOR_A_LIBRARY = "failed to map segment from shared object"
_SEE_TO_THE_DISK = "see to the disk"
_REMEDIES = {
    errno.EAGAIN: "raise `ulimit -u` (processes and threads)",
    errno.EMFILE: "raise `ulimit -n` (open files)",
    errno.ENFILE: "wait until other programs have fewer files open",
    errno.ENOMEM: "free memory (or raise `ulimit -v`)",
    errno.EINTR: "wait a moment",
    **dict.fromkeys((errno.EIO, errno.ESTALE), _SEE_TO_THE_DISK),
    **dict.fromkeys(NO_SPACE_ERRNOS, "make room"),
}
"""Number of a system error that says nothing about a file -> remedy, which is continued with "and"."""


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
    return "".join(character if character.isprintable() else escaped(character) for character in string)


def escaped(character: str) -> str:
    r"""Returns the escape of a character, such as \n; for a byte of a file's name that is not UTF-8, such as \xe9."""
    if "\udc80" <= character <= "\udcff":  # as Python holds such a byte
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


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


class IncompleteError(TokstatsError):
    """Parts of a run are missing; the message names them, and what runs them."""

    exit_code = 3


class ResultError(TokstatsError):
    """A written result cannot be read, its files are not of one result, or it lacks what is asked of it."""

    exit_code = 2


class UnknownNameError(ResultError, KeyError):
    """A result has no language or kind of this name; a KeyError, too, as mappings raise it."""

    __str__ = TokstatsError.__str__  # a KeyError would quote the message


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


def machine_failure(error: BaseException) -> OSError | None:
    """Returns the system's error behind an exception for which the machine is to blame and no file; None for others.

    Such an exception says that threads, memory, open files or room are short, or that a disk fails now. Libraries hide
    the system's error number: Arrow and the core have the system's words in their messages, and Python's own message
    about a thread has not even these.
    """
    if isinstance(error, ImportError) and isinstance(error.__cause__, ImportError):
        return machine_failure(error.__cause__)  # of the library that a module would have loaded
    code = getattr(error, "errno", None) if isinstance(error, OSError) else None
    if isinstance(error, MemoryError) or (isinstance(error, ImportError) and _NO_MEMORY_FOR_A_LIBRARY in str(error)):
        code = errno.ENOMEM
    elif not code and _NO_THREAD in str(error):
        code = errno.EAGAIN
    elif not code:
        code = next((code for code in _REMEDIES if os.strerror(code) in str(error)), None)
    return OSError(code, os.strerror(code)) if code in _REMEDIES else None


def remedy(error: BaseException) -> str:
    """Returns the advice about what the system refuses: the limit to raise, or to make room, or to see to the disk."""
    failure = machine_failure(error)
    return _REMEDIES[failure.errno or 0] if failure else _SEE_TO_THE_DISK


def advice(error: BaseException, otherwise: str) -> str:
    """Returns the remedy against a failure of the machine, or else the advice `otherwise`, about the file itself."""
    return f"{remedy(error)} and run the same command again" if machine_failure(error) else otherwise


def not_readable_now(what: str, failure: OSError) -> str:
    """Returns the message that the machine fails to read `what`, in which nothing is wrong with `what` itself."""
    return f"{what}: cannot be read now ({reason(failure)}); {advice(failure, '')}"
