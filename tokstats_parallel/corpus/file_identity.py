"""Whether a file is still the one that was looked at, as far as the file system tells without reading it."""

from pathlib import Path
from typing import NamedTuple, Self


class Stamp(NamedTuple):
    """A file's identity: a file that was written to or replaced has another.

    Attributes:
        device: the file system's number.
        inode: the file's number in it.
        size: its size in bytes.
        changed_ns: when it was last written to.
    """

    device: int
    inode: int
    size: int
    changed_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """The stamp of the file `path` as it is now.

        Raises:
            FileNotFoundError: there is no such file.
        """
        status = path.stat()
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
