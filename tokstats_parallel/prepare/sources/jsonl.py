"""Sources of JSON lines files: each line is an object, and holds the text of a row under one key.

A block holds the lines that begin within one range of `BLOCK_BYTES` bytes, so that reading can begin far into a file
without reading the earlier lines. Blank lines are no rows.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO

import pyarrow as pa

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.sources.parquet import USUAL_COLUMNS
from tokstats_parallel.prepare.sources.rows import SourceRows
from tokstats_parallel.prepare.sources.screen_files import NOT_UTF8

CHUNK_BYTES = 4 << 20
BLOCK_BYTES = 32 << 20


class _LineError(ValueError):
    """Fault of a line; the message is the text behind `FILE: line NUMBER`."""


class JsonlSource:
    """Source of the rows of a list of JSON lines files."""

    left_out: Mapping[str, int] = {}

    def __init__(self, paths: Mapping[str, Path], *, key: str | None, version: str) -> None:
        """Makes the source; reads nothing yet.

        Args:
            paths: Name for messages -> path of the file, in reading order.
            key: Key of the text in each line; None takes `content`, or else `text`.
            version: Fingerprint of the files.
        """
        self.version = version
        self.files = tuple(paths)
        self._paths = paths
        self._keys = USUAL_COLUMNS if key is None else (key,)

    def blocks(self, file: str) -> int:
        """Returns the number of blocks of `file`, which are ranges of `BLOCK_BYTES` bytes."""
        return -(-self._paths[file].stat().st_size // BLOCK_BYTES)

    def read(self, file: str, block: int) -> Iterator[SourceRows]:
        """Yields the rows of the lines that begin in one block, in chunks of about `CHUNK_BYTES` bytes.

        Raises:
            PrepareError: A line is no JSON object with a string or null under the key.
        """
        texts: list[str | None] = []
        reasons: dict[int, str] = {}
        size = 0
        with self._paths[file].open("rb") as lines:
            for offset, line in _lines_from(lines, block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES):
                try:
                    text = self._text(line)
                except _LineError as error:
                    raise PrepareError(f"{file}: line {_line_number(lines, offset)}{error}") from error
                if text is not None and not _is_unicode(text):
                    text, reasons[len(texts)] = None, NOT_UTF8
                texts.append(text)
                size += len(line)
                if size >= CHUNK_BYTES:
                    yield SourceRows(pa.array(texts, pa.large_string()), reasons)
                    texts, reasons, size = [], {}, 0
        if texts:
            yield SourceRows(pa.array(texts, pa.large_string()), reasons)

    def _text(self, line: bytes) -> str | None:
        fields = _parsed(line)
        if not isinstance(fields, dict):
            raise _LineError(' is not an object; give lines such as {"text": "..."}')
        for key in self._keys:
            if key in fields:
                text = fields[key]
                if text is None or isinstance(text, str):
                    return text
                kind = type(text).__name__
                raise _LineError(f": '{key}' is not a string (found {kind}); name another with --column")
        missing = " or ".join(f"'{key}'" for key in self._keys)
        found = ", ".join(fields)
        raise _LineError(f": no {missing}; name the text's key with --column (found: {found})")


def _parsed(line: bytes) -> object:
    try:
        # With its line end, a fault at the end of the line would be reported as column 1 of a second line.
        return json.loads(line.rstrip())
    except json.JSONDecodeError as error:
        what = f"{error.msg}, column {error.colno}"
    except UnicodeDecodeError as error:
        what = f"{error.reason}, byte {error.start}"
    raise _LineError(f" is not JSON ({what}); mend the line or take it away")


def _line_number(file: IO[bytes], offset: int) -> int:
    """Returns the number, from 1 on, of the line that begins at `offset`; reads all of the file before `offset`."""
    file.seek(0)
    newlines = 0
    while chunk := file.read(min(CHUNK_BYTES, offset - file.tell())):
        newlines += chunk.count(b"\n")
    return newlines + 1


def _lines_from(file: IO[bytes], start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """Yields (offset, line) for each line that begins at an offset in start .. stop and is not blank."""
    if start:
        # A line that begins before `start` belongs to the range before `start`, even if the line ends behind `start`.
        file.seek(start - 1)
        file.readline()
    while (offset := file.tell()) < stop and (line := file.readline()):
        if line.strip():
            yield offset, line


def _is_unicode(text: str) -> bool:
    """Returns whether the text can be encoded as UTF-8; JSON escapes can also spell one half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
