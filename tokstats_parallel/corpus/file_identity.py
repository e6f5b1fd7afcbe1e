"""File identity: detects changed files by their size and times, without reading their content."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple, Self

from tokstats_parallel.system.regular_file import require_regular_file


class FileIdentity(NamedTuple):
    """Identity of a file, which differs after the file was written to or replaced.

    Attributes:
        path: Path of the file, without symbolic links.
        size: Size of the file in bytes.
        modified_ns: Time of the last change of the file's content, in nanoseconds since 1970.
        changed_ns: Time of the last change of the file's inode, in nanoseconds since 1970. A tool that replaces a file
            by another of equal size can set `modified_ns` back, but not `changed_ns`.
    """

    path: str
    size: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """Returns the current identity of the file `path`.

        Raises:
            IrregularFileError: The path names a pipe, a socket or a device, which must not be opened.
            OSError: There is no such file, or the system refuses to look it up.
        """
        require_regular_file(path)
        status = path.stat()
        return cls(str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def digest_identities(identities: Iterable[FileIdentity]) -> str:
    """Computes one digest (SHA-256, hex) of the identities of several files, in the given order.

    Cache files store this digest, so the way to compute it must not change.
    """
    return hashlib.sha256(json.dumps(list(identities)).encode()).hexdigest()
