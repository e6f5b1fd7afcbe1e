"""Messages for faults of the disk, the hub and the network: one line each, with a remedy."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import pyarrow as pa

from tokstats_parallel.errors import NO_SPACE_ERRNOS, PrepareError, TokstatsError, machine_failure, reason, remedy
from tokstats_parallel.prepare.download_retry import describe, may_pass, status_of
from tokstats_parallel.prepare.options import HubOptions, PrepareOptions
from tokstats_parallel.system.hub_environment import (
    address_variables,
    client_variables,
    is_from_client,
    offline_variable,
)
from tokstats_parallel.system.hub_errors import HubError, kinds_with_causes

GOES_ON = "give the same command again, it goes on where it stopped"
_LOG_IN = "set HF_TOKEN or run `hf auth login`"
_REFUSALS = {
    HubError.GATED: (
        "access is gated: 1. accept the terms at https://huggingface.co/datasets/{repo} in a browser, "
        f"2. {_LOG_IN}, 3. give the same command again"
    ),
    HubError.NO_TOKEN: f"no token; {_LOG_IN}, then {GOES_ON}",
    HubError.NO_REPOSITORY: f"no such data set, or a private one; check --repo, or {_LOG_IN}",
    HubError.NO_REVISION: "no such branch, tag or commit; check --revision",
    HubError.OFFLINE: "{offline} is set; unset it, or prepare from local files with --from-dir",
}
_NO_FOLDER = frozenset({errno.ENOTDIR, errno.EEXIST})
_UNWRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR})


@contextmanager
def explain_errors(options: PrepareOptions) -> Iterator[None]:
    """Turns a fault that the user can remedy into a PrepareError; any other exception is a defect, raised as it is."""
    try:
        yield
    except TokstatsError:
        raise
    except Exception as error:
        line = (
            _disk_fault(error, options)
            or _hub_fault(error, options)
            or _machine_fault(error)
            or _damage(error)
            or _system_fault(error)
        )
        if line is None:
            raise
        raise PrepareError(line) from error


def _disk_fault(error: Exception, options: PrepareOptions) -> str | None:
    if not isinstance(error, OSError) or status_of(error) is not None:
        return None
    folder = options.train_directory
    if error.errno in NO_SPACE_ERRNOS:
        return f"{error.filename or folder}: the disk is full; free some space, then {GOES_ON}"
    if error.errno in _NO_FOLDER and (file := _file_in_path(Path(error.filename or folder))):
        return f"{file}: is a file, not a folder; give another folder"
    if error.errno in _UNWRITABLE:
        return f"{error.filename or folder}: {error.strerror}; allow it, or give another folder"
    return None


def _file_in_path(path: Path) -> Path | None:
    """Returns the file that stands in the way, because `path` needs a folder of the name; None if there is none."""
    return next((ancestor for ancestor in (path, *path.parents) if ancestor.is_file()), None)


def _hub_fault(error: Exception, options: PrepareOptions) -> str | None:
    if not isinstance(options.source, HubOptions) or isinstance(error, MemoryError):
        return None
    source = options.source
    refusal = next((_REFUSALS[kind] for kind in kinds_with_causes(error) if kind in _REFUSALS), None)
    if refusal is not None:
        return f"{source.repo}@{source.revision}: {refusal.format(repo=source.repo, offline=offline_variable())}"
    where, what = _subject(error, source.repo), describe(error)
    if status_of(error) in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"{where}: the hub refuses the token ({what}); {_LOG_IN}, then {GOES_ON}"
    is_local = isinstance(error, OSError) and error.filename is not None
    if may_pass(error) and not is_local and not isinstance(error, pa.ArrowException):
        address = ", ".join(address_variables())
        set_here = f" (set: {address})" if address else ""
        return f"{where}: the hub cannot be reached ({what}); check the network, then {GOES_ON}{set_here}"
    if status_of(error) is not None:
        return f"{where}: the hub refuses ({what}); check --repo, --data-dir and --revision"
    return _client_fault(error, where)


def _client_fault(error: Exception, where: str) -> str | None:
    if not is_from_client(error):
        return None
    check = ", ".join(client_variables()) or "the installation of huggingface_hub"
    what = f"{type(error).__name__}: {describe(error)}"
    return f"{where}: the hub's client fails ({what}); check {check}, then {GOES_ON}"


def _machine_fault(error: Exception) -> str | None:
    """Returns the message for a failure of the machine, which says nothing about the source; None for other errors."""
    failure = machine_failure(error)
    where = getattr(error, "filename", None) or _subject(error, "this run")
    return f"{where}: {reason(failure)}; {remedy(failure)}, then {GOES_ON}" if failure else None


def _damage(error: Exception) -> str | None:
    """Returns the message for a damaged file; None if the error is no error of Arrow about a file's bytes."""
    # An OSError that Arrow raises about the bytes of a file has no errno.
    if isinstance(error, pa.ArrowException) or (isinstance(error, OSError) and error.errno is None):
        where, what = _subject(error, "the source"), describe(error)
        if "decrypt" in what:
            return f"{where}: is encrypted ({what}); decrypt the file first"
        return f"{where}: cannot be read ({what}); the file is damaged or cut off, get it again"
    return None


def _system_fault(error: Exception) -> str | None:
    """Returns the message for an error of the system that no other function explains; None for any other error."""
    if not isinstance(error, OSError):
        return None
    where = error.filename or _subject(error, "this run")
    return f"{where}: {error.strerror or describe(error)}; see to it, then {GOES_ON}"


def _subject(error: Exception, otherwise: str) -> str:
    """Returns the file or repository that was read, from the note of `Retry.wait` on the error, or else `otherwise`."""
    notes: list[str] = getattr(error, "__notes__", [])
    return notes[0] if notes else otherwise
