"""Final files, known by their content."""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.permissions import ordinary_permissions

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.own_file import is_own, refuse_foreign
from tokstats_parallel.prepare.writer import SealedFile, seal, sha256_of


def sealed(path: Path) -> SealedFile:
    return seal([pa.array([f"row {row}" for row in range(9_000)], pa.large_string())], path)


def test_a_final_file_is_known(tmp_path: Path) -> None:
    path = tmp_path / "go.parquet"
    sealed(path)
    assert is_own(path)
    refuse_foreign(path, None)
    (tmp_path / "link.parquet").symlink_to(path)
    assert is_own(tmp_path / "link.parquet")


def test_a_final_file_that_was_written_anew_is_foreign(tmp_path: Path) -> None:
    path = tmp_path / "go.parquet"
    sealed(path)
    kept = pq.read_metadata(path).metadata
    table = pq.read_table(path)
    for changed in (table, table.slice(0, 10)):
        pq.write_table(changed.replace_schema_metadata(kept), path)
        assert not is_own(path)


@pytest.mark.parametrize("content", [b"", b"mine", b"PAR1PAR1", b"PAR1" + b"\0" * 99 + b"PAR1"])
def test_other_files_are_foreign(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "go.parquet"
    path.write_bytes(content)
    assert not is_own(path)
    with pytest.raises(PrepareError, match=r"go\.parquet: not made by this command"):
        refuse_foreign(path, None)


def test_folders_and_pipes_are_foreign(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(PrepareError, match=f"{name}: not made by this command"):
            refuse_foreign(tmp_path / name, None)
    refuse_foreign(tmp_path / "nothing", None)


def test_a_link_is_followed_to_its_folder(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "new").symlink_to("there/go.parquet")
    refuse_foreign(tmp_path / "new", None)
    (tmp_path / "gone").symlink_to("none/go.parquet")
    with pytest.raises(PrepareError, match=r"gone: its folder .*/none is no folder"):
        refuse_foreign(tmp_path / "gone", None)
    (tmp_path / "circle").symlink_to("circle")
    with pytest.raises(OSError, match="Too many levels"):
        refuse_foreign(tmp_path / "circle", None)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with ordinary_permissions(), pytest.raises(PrepareError, match=r"go\.parquet: its folder .* cannot be written"):
        refuse_foreign(tmp_path / "go.parquet", None)
    tmp_path.chmod(0o700)


def test_a_file_of_an_earlier_version_is_known_by_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "go.parquet"
    pq.write_table(pa.table({"text": ["x"]}), path)
    known = SealedFile(1, 1, path.stat().st_size, sha256_of(path))
    refuse_foreign(path, known)
    path.write_bytes(path.read_bytes()[:-1] + b"2")
    with pytest.raises(PrepareError, match="or changed since"):
        refuse_foreign(path, known)
