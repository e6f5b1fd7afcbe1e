"""Detects changed files by their status, without reading them."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self


class FileIdentity(NamedTuple):
    """The identity of a file; a file that is written to or replaced gets another.

    Attributes:
        path: The path, without symbolic links.
        size: The size in bytes.
        modified_ns: The time of the last change of the content.
        changed_ns: The time of the last change of the inode. Tools that copy a file over another often set the size
            and the other time back, but this one they cannot set.
    """

    path: str
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """The identity of the file `path` as it is now.

        Raises:
            OSError: There is no such file, or it cannot be looked up.
        """
        status = path.stat()
        return cls(str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def digest_identities(identities: Iterable[FileIdentity]) -> str:
    """A digest of the identities of several files, in order; cache files store it, so it must not change."""
    return hashlib.sha256(json.dumps(list(identities)).encode()).hexdigest()
