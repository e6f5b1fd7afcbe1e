"""Sources of JSON lines files: each line is an object, and holds the text of a row under one key.

A block holds the lines that begin within one range of `BLOCK_BYTES` bytes, so that reading can begin far into a file
without reading the earlier lines. A compressed file is one block, because it can only be read from its beginning. Blank
lines are no rows.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import pyarrow as pa

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.sources.decompress import is_compressed, open_plain
from tokstats_parallel.prepare.sources.json_line import (
    BYTE_ORDER_MARK,
    MAX_LINE_BYTES,
    LineError,
    kind_of_first_line,
    text_of,
)
from tokstats_parallel.prepare.sources.rows import SourceRows
from tokstats_parallel.prepare.sources.screen_files import NOT_UTF8
from tokstats_parallel.prepare.sources.text_column import USUAL_COLUMNS
from tokstats_parallel.system.file_kinds import HEAD_BYTES, PARQUET, kind_of

CHUNK_BYTES = 4 << 20
BLOCK_BYTES = 32 << 20


class JsonlSource:
    """Source of the rows of a list of JSON lines files."""

    def __init__(
        self, paths: Mapping[str, Path], *, key: str | None, version: str, left_out: Mapping[str, int]
    ) -> None:
        """Makes the source; reads nothing yet.

        Args:
            paths: Name for messages -> path of the file, in reading order.
            key: Key of the text in each line; None takes `content`, or else `text`.
            version: Fingerprint of the files.
            left_out: Reason -> number of files that are not read.
        """
        self.left_out = left_out
        self.version = version
        self.files = tuple(paths)
        self._paths = paths
        self._keys = USUAL_COLUMNS if key is None else (key,)

    def blocks(self, file: str) -> int:
        """Returns the number of blocks of `file`: ranges of `BLOCK_BYTES` bytes, or 1 if the file is compressed.

        Raises:
            PrepareError: The file's first bytes show that it is no text.
        """
        path = self._paths[file]
        with open_plain(path, name=file) as lines:
            kind = kind_of(lines.read(HEAD_BYTES))
        if kind is not None:
            remedy = "give it with --from-parquet" if kind.name == PARQUET else kind.remedy
            raise PrepareError(f"{file}: is {kind.name}, not JSON lines; {remedy}")
        return 1 if is_compressed(path) else -(-path.stat().st_size // BLOCK_BYTES)

    def read(self, file: str, block: int) -> Iterator[SourceRows]:
        """Yields the rows of the lines that begin in one block, in chunks of about `CHUNK_BYTES` bytes.

        Raises:
            PrepareError: A line is no JSON object with a string or null under the key, or the file is damaged.
        """
        texts: list[str | None] = []
        reasons: dict[int, str] = {}
        size = 0
        for text, line_bytes in self._texts(file, block):
            if text is not None and not _is_unicode(text):
                reasons[len(texts)] = NOT_UTF8
                texts.append(None)
            else:
                texts.append(text)
            size += line_bytes
            if size >= CHUNK_BYTES:
                yield SourceRows(pa.array(texts, pa.large_string()), reasons)
                texts, reasons, size = [], {}, 0
        if texts:
            yield SourceRows(pa.array(texts, pa.large_string()), reasons)

    def _texts(self, file: str, block: int) -> Iterator[tuple[str | None, int]]:
        """Yields (text, bytes of the line) for each line of one block."""
        path = self._paths[file]
        stop = sys.maxsize if is_compressed(path) else (block + 1) * BLOCK_BYTES
        is_first = block == 0
        with open_plain(path, name=file) as lines:
            for offset, line in _lines_from(lines, block * BLOCK_BYTES, stop):
                try:
                    text = text_of(line, self._keys)
                except LineError as error:
                    kind = kind_of_first_line(line) if is_first else None
                    raise PrepareError(f"{file}: {kind or f'line {_line_number(path, offset)}{error}'}") from error
                is_first = False
                yield text, len(line)


def _line_number(path: Path, offset: int) -> int:
    """Returns the number, from 1 on, of the line that begins at `offset`; reads all of the file before `offset`."""
    newlines = 0
    with open_plain(path, name=str(path)) as file:
        while chunk := file.read(min(CHUNK_BYTES, offset)):
            offset -= len(chunk)
            newlines += chunk.count(b"\n")
    return newlines + 1


def _lines_from(file: IO[bytes], start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yields (offset, line) for each line that begins at an offset in start .. stop and is not blank.

    Of a line with more than `MAX_LINE_BYTES` bytes, one byte more than these is yielded.
    """
    offset = start
    if start:
        # A line that begins before `start` belongs to the range before `start`, even if the line ends behind `start`.
        file.seek(start - 1)
        offset += len(file.readline()) - 1
    while offset < stop and (line := file.readline(MAX_LINE_BYTES + 1)):
        if line.removeprefix(BYTE_ORDER_MARK).strip():
            yield offset, line
        offset += len(line)


def _is_unicode(text: str) -> bool:
    """Returns whether the text can be encoded as UTF-8; JSON escapes can also spell one half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
