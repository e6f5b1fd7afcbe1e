"""The identity of a file: the same as long as nothing is done to the file."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from tokstats_parallel.corpus.file_identity import FileIdentity, digest_identities
from tokstats_parallel.system.regular_file import IrregularFileError


def test_a_file_keeps_its_identity(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    identity = FileIdentity.of(path)
    assert path.read_bytes() == b"abc"
    assert FileIdentity.of(path) == identity
    (tmp_path / "link").symlink_to(path)
    assert FileIdentity.of(tmp_path / "link") == identity


def test_every_change_of_a_file_changes_its_identity(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"abc")
    identities = [FileIdentity.of(path)]
    path.write_bytes(b"abcd")
    identities.append(FileIdentity.of(path))
    other.write_bytes(b"abcd")
    os.utime(other, ns=(0, identities[-1].modified_ns))
    other.replace(path)
    identities.append(FileIdentity.of(path))
    os.utime(path, ns=(0, 1))
    identities.append(FileIdentity.of(path))
    path.write_bytes(b"dcba")
    os.utime(path, ns=(0, 1))
    identities.append(FileIdentity.of(path))
    assert len(set(identities)) == 5


def test_a_missing_file_has_none(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileIdentity.of(tmp_path / "file")


def test_the_digest_is_that_of_its_definition(tmp_path: Path) -> None:
    """Names of cache files depend on it: another one would have every corpus converted again."""
    identities = [FileIdentity("/data/a", 3, 5, 7), FileIdentity("/data/é", 2**40, 1, 0)]
    fields = json.dumps([["/data/a", 3, 5, 7], ["/data/é", 2**40, 1, 0]])
    assert digest_identities(identities) == hashlib.sha256(fields.encode()).hexdigest()
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    status = path.stat()
    assert FileIdentity.of(path) == (str(path.resolve()), 3, status.st_mtime_ns, status.st_ctime_ns)


def test_a_pipe_has_no_identity(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(IrregularFileError):
        FileIdentity.of(tmp_path / "pipe")
