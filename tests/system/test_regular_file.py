"""Regular files: what is no file is refused before it is opened."""

import os
import socket
from pathlib import Path

import pytest

from tokstats_parallel.system.regular_file import IrregularFileError, irregular_kind, require_regular_file


def test_a_pipe_a_socket_and_a_device_are_refused_also_behind_a_link(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    os.mkfifo("pipe")
    (tmp_path / "link").symlink_to("pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
    for name, kind in {"pipe": "a pipe", "link": "a pipe", "socket": "a socket", "/dev/null": "a device"}.items():
        assert irregular_kind(Path(name)) == kind
        with pytest.raises(IrregularFileError, match=f"^it is {kind}, not a file$"):
            require_regular_file(Path(name))


def test_files_folders_and_missing_files_pass(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path, tmp_path / "missing"):
        require_regular_file(path)
        assert irregular_kind(path) is None


def test_a_pipe_that_the_shell_has_opened_passes_where_it_may(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    try:
        require_regular_file(Path(f"/dev/fd/{reader}"), or_open_pipe=True)
        with pytest.raises(IrregularFileError):
            require_regular_file(Path(f"/dev/fd/{reader}"))
    finally:
        os.close(reader)
        os.close(writer)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IrregularFileError):
        require_regular_file(tmp_path / "pipe", or_open_pipe=True)
