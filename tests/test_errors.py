"""Errors: a failure of the machine is told from a fault of a file, and has its remedy."""

import errno
import os

import pyarrow as pa
import pytest

from tokstats_parallel.errors import CorpusError, advice, machine_failure, not_readable_now, remedy

THREAD = "Unknown error: Failed to launch worker thread: Resource temporarily unavailable"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.EMFILE, "x"), errno.EMFILE),
        (OSError(errno.EIO, "x"), errno.EIO),
        (OSError(errno.EINTR, "x"), errno.EINTR),
        (BlockingIOError(errno.EAGAIN, "x"), errno.EAGAIN),
        (MemoryError(), errno.ENOMEM),
        (pa.ArrowMemoryError("malloc of size 64 failed"), errno.ENOMEM),
        (pa.ArrowException(THREAD), errno.EAGAIN),
        (RuntimeError("can't start new thread"), errno.EAGAIN),
        (OSError("the text column's file cannot be read: Input/output error (os error 5)"), errno.EIO),
        (ImportError("libarrow.so: cannot open shared object file: Too many open files"), errno.EMFILE),
        (ImportError("libarrow.so: failed to map segment from shared object"), errno.ENOMEM),
    ],
    ids=repr,
)
def test_a_failure_of_the_machine(error: Exception, code: int) -> None:
    failure = machine_failure(error)
    assert failure
    assert (failure.errno, failure.strerror) == (code, os.strerror(code))


def test_a_failure_behind_a_module_that_cannot_be_imported() -> None:
    cause = ImportError("libarrow.so: failed to map segment from shared object")
    with pytest.raises(ImportError) as caught:
        raise ImportError("Cannot import module 'a.b'") from cause
    failure = machine_failure(caught.value)
    assert failure
    assert failure.errno == errno.ENOMEM


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "Cannot allocate memory"),
        PermissionError(errno.EACCES, "x"),
        OSError("Expected to read 8 bytes, but got 3"),
        OSError("the text column's file cannot be read: it was truncated"),
        pa.ArrowInvalid("not an Arrow file"),
        ValueError(),
        CorpusError("python.parquet: is damaged"),
    ],
    ids=repr,
)
def test_what_is_no_failure_of_the_machine(error: Exception) -> None:
    assert machine_failure(error) is None
    assert advice(error, "copy it again") == "copy it again"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (errno.EAGAIN, "raise `ulimit -u` (processes and threads)"),
        (errno.EMFILE, "raise `ulimit -n` (open files)"),
        (errno.ENOMEM, "free memory (or raise `ulimit -v`)"),
        (errno.ENOSPC, "make room"),
        (errno.EIO, "see to the disk"),
        (errno.EACCES, "see to the disk"),
    ],
)
def test_remedies(code: int, expected: str) -> None:
    assert remedy(OSError(code, os.strerror(code))) == expected


def test_the_message_about_a_file_blames_the_machine() -> None:
    failure = machine_failure(pa.ArrowException(THREAD))
    assert failure
    assert not_readable_now("go.parquet", failure) == (
        "go.parquet: cannot be read now (Resource temporarily unavailable); "
        "raise `ulimit -u` (processes and threads) and run the same command again"
    )
