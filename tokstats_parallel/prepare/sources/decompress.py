"""Decompression of files: gzip, zstd, bzip2 and xz, told by the first bytes of a file and not by its name."""

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa

from tokstats_parallel.errors import PrepareError, reason
from tokstats_parallel.system.file_kinds import FileKind, head_of, kind_of


def _open_zstd(path: Path) -> Any:  # noqa: ANN401 - pyarrow has no types
    return io.BufferedReader(pa.CompressedInputStream(path.open("rb"), "zstd"))


_OPENERS: dict[str, Callable[[Path], Any]] = {
    "compressed with gzip": gzip.open,
    "compressed with zstd": _open_zstd,
    "compressed with bzip2": bz2.open,
    "compressed with xz": lzma.open,
}
# Part of the message about a file that was compressed with a window of more than 128 MB.
_LARGE_WINDOW = "Frame requires too much memory"
# Endings of the names of compressed files; the content decides how a file is read.
COMPRESSED_ENDS = (".gz", ".zst", ".zstd", ".bz2", ".xz")


def is_compressed(path: Path) -> bool:
    """Returns whether `open_plain` decompresses the file `path`."""
    return _opener(kind_of(head_of(path))) is not None


@contextmanager
def open_plain(path: Path, *, name: str) -> Iterator[IO[bytes]]:
    """Opens a file for reading, decompressed if it is compressed; `name` is its name in messages.

    Raises:
        PrepareError: The compressed bytes are damaged or cut off; raised by the statements of the `with` block, too.
    """
    kind = kind_of(head_of(path))
    opener = _opener(kind)
    if kind is None or opener is None:
        with path.open("rb") as file:
            yield file
        return
    try:
        with opener(path) as file:
            yield cast("IO[bytes]", file)
    except (EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        why = reason(error)
        if _LARGE_WINDOW in why:
            raise PrepareError(f"{name}: {kind.name} with --long; decompress it first (zstd -d --long=31)") from error
        raise PrepareError(f"{name}: {kind.name}, and damaged or cut off ({why}); get it again") from error


def _opener(kind: FileKind | None) -> Callable[[Path], Any] | None:
    return _OPENERS.get(kind.name) if kind else None
