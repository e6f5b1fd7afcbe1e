"""Faults in one line; defects stay as they are."""

import errno
import os
from pathlib import Path

import pyarrow as pa
import pytest
from huggingface_hub.utils._validators import validate_repo_id

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.error_messages import explain_errors
from tokstats_parallel.prepare.options import FilesOptions, HubOptions, PrepareOptions

LOCAL = PrepareOptions(languages=("go",), source=FilesOptions(form="jsonl", path=Path("in")), train_directory=Path("D"))
HUB = PrepareOptions(languages=("go",), source=HubOptions(), train_directory=Path("D"))


def line_of(error: Exception, options: PrepareOptions = LOCAL) -> str:
    with pytest.raises(PrepareError) as caught, explain_errors(options):
        raise error
    return str(caught.value)


@pytest.mark.parametrize(
    "number", [errno.ENOENT, errno.ELOOP, errno.ENAMETOOLONG, errno.EMFILE, errno.EIO, errno.EISDIR, errno.ESTALE]
)
def test_every_error_of_the_system_is_one_line(number: int) -> None:
    for options in (LOCAL, HUB):
        assert line_of(OSError(number, os.strerror(number), "some/file"), options).startswith("some/file: ")


@pytest.mark.parametrize("error", [MemoryError(), pa.ArrowMemoryError("malloc of size 9 failed")])
def test_a_lack_of_memory_is_not_blamed_on_a_file(error: Exception) -> None:
    for options in (LOCAL, HUB):
        line = line_of(error, options)
        assert "Cannot allocate memory; free memory (or raise `ulimit -v`), then give the same command again" in line
        assert "damaged" not in line


def test_errors_of_the_client_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", "/some/where")
    with pytest.raises(PrepareError, match=r"the hub's client fails \(HFValidationError: .*check .*HF_HOME"), \
        explain_errors(HUB):  # fmt: skip
        validate_repo_id("a//b")


def test_a_defect_stays_as_it_is() -> None:
    for options in (LOCAL, HUB):
        with pytest.raises(ZeroDivisionError), explain_errors(options):
            1 / 0  # noqa: B018 - the error is wanted
