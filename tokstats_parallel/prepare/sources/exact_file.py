"""Files for Arrow, with a promise that remote files do not keep: a read gives all it was asked for."""

import io
from typing import IO

from tokstats_parallel.prepare.retry import ShortReadError


class ExactFile:
    """Passes reads on to `file`, and raises where one comes back short before the file's end.

    Arrow takes a short read for the data there is, and then complains about the format at best.
    """

    closed = False

    def __init__(self, file: IO[bytes], *, name: str, size: int) -> None:
        """`size` is what the file must hold, in bytes; `name` is for the message."""
        self._file = file
        self._name = name
        self._size = size
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """`size` bytes from the present place, fewer only at the end of the file.

        Raises:
            ShortReadError: the file gave fewer.
        """
        rest = max(self._size - self._at, 0)
        wanted = rest if size < 0 else min(size, rest)
        self._file.seek(self._at)
        data = self._file.read(wanted)
        if len(data) != wanted:
            raise ShortReadError(f"got {len(data):,} of {wanted:,} bytes at {self._at:,} of {self._name}")
        self._at += wanted
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, as files do; the next read goes there."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        """The present place."""
        return self._at

    def close(self) -> None:
        """Close the file behind."""
        self.closed = True
        self._file.close()


class OffsetFile(io.BytesIO):
    """A stretch of a file in memory, for a reader that goes nowhere else."""

    def __init__(self, data: bytes, *, start: int) -> None:
        """`data` stands at `start` in the whole file."""
        super().__init__(data)
        self._start = start

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of the whole file, or from the stretch's end."""
        place = super().seek(max(offset - self._start, 0) if whence == io.SEEK_SET else offset, whence)
        return place + self._start

    def tell(self) -> int:
        """The place in the whole file."""
        return super().tell() + self._start
