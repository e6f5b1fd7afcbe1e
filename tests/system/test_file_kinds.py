"""Kinds of files by their first bytes."""

import io
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tokstats_parallel.system.file_kinds import PARQUET, head_of, kind_of


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"\x1f\x8b\x08\0", "compressed with gzip"),
        (b"\x28\xb5\x2f\xfd\x04", "compressed with zstd"),
        (b"\x50\x2a\x4d\x18\x04", "compressed with zstd"),
        (b"BZh91AY", "compressed with bzip2"),
        (b"\xfd7zXZ\0\0", "compressed with xz"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "a Git LFS pointer"),
        (b"\n<html lang='en'>", "an HTML page"),
        (b"<?xml version='1.0'?><Error>", "an XML document"),
        (b"/annex/objects/SHA256E-s9--0.jsonl\n", "a pointer of git-annex"),
        ("{".encode("utf-16"), "text in UTF-16"),
        ("\n{".encode("utf-16-be"), "text in UTF-16"),
        ("{".encode("utf-32"), "text in UTF-32"),
    ],
)
def test_a_kind_by_its_first_bytes(head: bytes, name: str) -> None:
    kind = kind_of(head)
    assert kind is not None
    assert kind.name == name


@pytest.mark.parametrize(
    "head", [b"", b"{", b'{"text": "PAR1"}', b"BZh is a name", b"\xef\xbb\xbf{", b"\xff", b"version 1"]
)
def test_bytes_of_no_known_kind(head: bytes) -> None:
    assert kind_of(head) is None


def test_files_that_libraries_write(tmp_path: Path) -> None:
    table = pa.table({"text": ["a"]})
    pq.write_table(table, tmp_path / "parquet")
    with pa.ipc.new_file(str(tmp_path / "arrow"), table.schema) as writer:
        writer.write_table(table)
    with pa.ipc.new_stream(str(tmp_path / "stream"), table.schema) as writer:
        writer.write_table(table)
    with tarfile.open(tmp_path / "tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO())
    kinds = {path.name: kind_of(head_of(path)) for path in tmp_path.iterdir()}
    names = {name: kind.name for name, kind in kinds.items() if kind is not None}
    assert names == {"parquet": PARQUET, "arrow": "an Arrow file", "stream": "an Arrow file", "tar": "a tar archive"}
