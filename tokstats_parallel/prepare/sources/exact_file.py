"""Files for Arrow: a read gives all the bytes that were asked for, which remote files do not promise."""

import io
from typing import IO

from tokstats_parallel.prepare.download_retry import ShortReadError


class ExactFile:
    """Passes reads on to `file`, and raises where one is short before the end of the file.

    Arrow takes the bytes of a short read for all the data, and at best reports a wrong format.
    """

    closed = False

    def __init__(self, file: IO[bytes], *, name: str, size: int) -> None:
        """Takes an open file, its name for messages, and its size in bytes."""
        self._file = file
        self._name = name
        self._size = size
        self._offset = 0

    def read(self, size: int = -1) -> bytes:
        """Reads `size` bytes from the present offset, fewer only at the end of the file.

        Raises:
            ShortReadError: The file gave fewer.
        """
        rest = max(self._size - self._offset, 0)
        wanted = rest if size < 0 else min(size, rest)
        self._file.seek(self._offset)
        data = self._file.read(wanted)
        if len(data) != wanted:
            raise ShortReadError(f"got {len(data):,} of {wanted:,} bytes at {self._offset:,} of {self._name}")
        self._offset += wanted
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Sets the offset of the next read, as files do; returns it."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self._size}[whence]
        self._offset = base + offset
        return self._offset

    def tell(self) -> int:
        """The present offset."""
        return self._offset

    def close(self) -> None:
        """Closes the underlying file."""
        self.closed = True
        self._file.close()


class OffsetFile(io.BytesIO):
    """A byte range of a file in memory, for a reader that reads nothing else."""

    def __init__(self, data: bytes, *, start: int) -> None:
        """Takes the bytes, and their offset in the whole file."""
        super().__init__(data)
        self._start = start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Sets the offset in the whole file, or counted from the end of the range; returns it."""
        inside = super().seek(max(offset - self._start, 0) if whence == io.SEEK_SET else offset, whence)
        return inside + self._start

    def tell(self) -> int:
        """The offset in the whole file."""
        return super().tell() + self._start
