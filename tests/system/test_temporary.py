"""Temporary folders: where none can be made, one line says how to name one."""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

import tokstats_parallel
from tokstats_parallel.errors import OutputError
from tokstats_parallel.system.temporary import new_temporary_folder

REMEDY = "; set TMPDIR to a folder that can be written and has room"


def failing(error: OSError) -> Callable[..., str]:
    def fail(**_options: object) -> str:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"), "no folder for temporary files"),
        (
            PermissionError(13, "Permission denied", "/far/x"),
            "/far/x: cannot be made for temporary files (Permission denied)",
        ),
        (
            OSError(28, "No space left on device", "/far/x"),
            "/far/x: cannot be made for temporary files (No space left on device)",
        ),
    ],
    ids=repr,
)
def test_the_remedy_is_a_variable(error: OSError, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "mkdtemp", failing(error))
    with pytest.raises(OutputError, match=f"^{re.escape(message)}.*{REMEDY}$"):
        new_temporary_folder()
    with pytest.raises(OutputError, match=f"^{re.escape(message)}.*{REMEDY}$"):
        tokstats_parallel.collect("config.json")


def test_the_folder_is_where_the_variable_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert new_temporary_folder().parent == tmp_path
