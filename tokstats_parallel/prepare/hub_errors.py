"""Faults of the disk, the hub and the network, each in one line with its remedy."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path

import pyarrow as pa

from tokstats_parallel.errors import PrepareError, TokstatsError
from tokstats_parallel.prepare.options import HubOptions, PrepareOptions
from tokstats_parallel.prepare.retry import describe, may_pass, status_of

GOES_ON = "give the same command again, it goes on where it stopped"
_LOG_IN = "set HF_TOKEN or run `hf auth login`"
# By the name of the client's error, looked up in the error's own order of classes, the most special first:
# GatedRepoError is a RepositoryNotFoundError, too. Names, so that the client need not be imported for this.
_REFUSALS = {
    "GatedRepoError": (
        "access is gated: 1. accept the terms at https://huggingface.co/datasets/{repo} in a browser, "
        f"2. {_LOG_IN}, 3. give the same command again"
    ),
    "LocalTokenNotFoundError": f"no token; {_LOG_IN}, then {GOES_ON}",
    "RepositoryNotFoundError": f"no such data set, or a private one; check --repo, or {_LOG_IN}",
    "RevisionNotFoundError": "no such branch, tag or commit; check --revision",
    "OfflineModeIsEnabled": "HF_HUB_OFFLINE is set; unset it, or prepare from local files with --from-dir",
}
_DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_NO_FOLDER = frozenset({errno.ENOTDIR, errno.EEXIST})
_UNWRITABLE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST, errno.EISDIR})


@contextmanager
def explained(options: PrepareOptions) -> Iterator[None]:
    """Turn the faults that a user can help into a PrepareError; any other exception is a defect."""
    try:
        yield
    except TokstatsError:
        raise
    except Exception as error:
        line = _disk(error, options) or _hub(error, options) or _damage(error)
        if line is None:
            raise
        raise PrepareError(line) from error


def _disk(error: Exception, options: PrepareOptions) -> str | None:
    if not isinstance(error, OSError) or status_of(error) is not None:
        return None
    folder = options.train_directory
    if error.errno in _DISK_FULL:
        return f"{error.filename or folder}: the disk is full; free some space, then {GOES_ON}"
    if error.errno in _NO_FOLDER and (file := _file_on_the_way(Path(error.filename or folder))):
        return f"{file}: is a file, not a folder; give another folder"
    if error.errno in _UNWRITABLE:
        return f"{error.filename or folder}: {error.strerror}; allow it, or give another folder"
    return None


def _file_on_the_way(path: Path) -> Path | None:
    """The file that stands where `path` needs a folder."""
    return next((place for place in (path, *path.parents) if place.is_file()), None)


def _hub(error: Exception, options: PrepareOptions) -> str | None:
    if not isinstance(options.source, HubOptions):
        return None
    source = options.source
    for fault in _chain(error):
        for kind in type(fault).__mro__:
            if kind.__name__ in _REFUSALS:
                what = _REFUSALS[kind.__name__].format(repo=source.repo)
                return f"{source.repo}@{source.revision}: {what}"
    where, what = _where(error, source.repo), describe(error)
    if status_of(error) in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return f"{where}: the hub refuses the token ({what}); {_LOG_IN}, then {GOES_ON}"
    if may_pass(error) and not isinstance(error, pa.ArrowException):
        return f"{where}: the hub cannot be reached ({what}); check the network, then {GOES_ON}"
    if status_of(error) is not None:
        return f"{where}: the hub refuses ({what}); check --repo, --data-dir and --revision"
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes: the hub's file system hides refusals behind `FileNotFoundError`."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _damage(error: Exception) -> str | None:
    """Arrow's errors about a file's bytes carry no number."""
    if isinstance(error, pa.ArrowException) or (isinstance(error, OSError) and error.errno is None):
        where, what = _where(error, "the source"), describe(error)
        return f"{where}: cannot be read ({what}); the file is damaged or cut off, get it again"
    return None


def _where(error: Exception, otherwise: str) -> str:
    """What was being read, as `Retry.wait` noted it."""
    notes: list[str] = getattr(error, "__notes__", [])
    return notes[0] if notes else otherwise
