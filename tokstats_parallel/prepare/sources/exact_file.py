"""Files for Arrow: every read gives all bytes that were asked for, because Arrow relies on it."""

import io
from typing import IO

from tokstats_parallel.prepare.download_retry import ShortReadError


class ExactFile:
    """File whose reads give all bytes that were asked for, or raise an error.

    A remote file may give fewer bytes. Arrow would take them for all the data, and at best report a wrong format.
    """

    closed = False

    def __init__(self, file: IO[bytes], *, name: str, size: int) -> None:
        """Makes the file from the open file `file` of `size` bytes; `name` is its name in messages."""
        self._file = file
        self._name = name
        self._size = size
        self._offset = 0

    def read(self, size: int = -1) -> bytes:
        """Reads `size` bytes from the present offset on.

        The rest of the file is read if it has fewer bytes, or if `size` is negative.

        Raises:
            ShortReadError: The underlying file gave fewer bytes.
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
        """Sets the offset from which the next `read` begins; returns the offset, in bytes from the file's beginning."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset, io.SEEK_END: self._size}[whence]
        self._offset = base + offset
        return self._offset

    def tell(self) -> int:
        """Returns the offset from which the next `read` begins, in bytes."""
        return self._offset

    def close(self) -> None:
        """Closes the underlying file."""
        self.closed = True
        self._file.close()


class OffsetFile(io.BytesIO):
    """File in memory that holds one byte range of a larger file, for a reader that reads only this range."""

    def __init__(self, data: bytes, *, start: int) -> None:
        """Makes the file from the bytes of the range; `start` is the range's offset in the larger file, in bytes."""
        super().__init__(data)
        self._start = start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Sets the offset of the next read; returns the offset in bytes from the beginning of the larger file.

        With SEEK_END, `offset` is counted from the end of the range.
        """
        inside = super().seek(max(offset - self._start, 0) if whence == io.SEEK_SET else offset, whence)
        return inside + self._start

    def tell(self) -> int:
        """Returns the offset of the next read, in bytes from the beginning of the larger file."""
        return super().tell() + self._start
