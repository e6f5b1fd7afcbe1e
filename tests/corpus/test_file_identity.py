"""A file's stamp: the same as long as nobody touches it."""

import os
from pathlib import Path

import pytest

from tokstats_parallel.corpus.file_identity import Stamp


def test_a_file_keeps_its_stamp(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    stamp = Stamp.of(path)
    assert path.read_bytes() == b"abc"
    assert Stamp.of(path) == stamp


def test_what_is_done_to_a_file_changes_its_stamp(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"abc")
    stamps = [Stamp.of(path)]
    path.write_bytes(b"abcd")
    stamps.append(Stamp.of(path))
    other.write_bytes(b"abcd")
    os.utime(other, ns=(0, stamps[-1].changed_ns))
    other.replace(path)
    stamps.append(Stamp.of(path))
    os.utime(path, ns=(0, 1))
    stamps.append(Stamp.of(path))
    assert len(set(stamps)) == 4


def test_there_is_none_without_a_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Stamp.of(tmp_path / "file")
