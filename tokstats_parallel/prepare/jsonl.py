"""JSON lines: one object a line, the text under one key.

A block is the lines that begin within one stretch of `BLOCK_BYTES` bytes, so that reading can begin far into
a file without the lines before it. Empty lines are no rows.
"""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING

import pyarrow as pa

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.parquet import USUAL_COLUMNS
from tokstats_parallel.prepare.rows import Batch
from tokstats_parallel.prepare.screen import NOT_UTF8

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

BATCH_BYTES = 4 << 20
BLOCK_BYTES = 32 << 20


class JsonlSource:
    """The rows of a list of JSON lines files."""

    left_out: Mapping[str, int] = {}

    def __init__(self, paths: Mapping[str, Path], *, key: str | None, version: str) -> None:
        """`paths`: name -> file, in reading order; `key` None takes `content`, else `text`, in each line."""
        self.version = version
        self.files = tuple(paths)
        self._paths = paths
        self._keys = USUAL_COLUMNS if key is None else (key,)

    def blocks(self, file: str) -> int:
        """Number of stretches of `BLOCK_BYTES`."""
        return -(-self._paths[file].stat().st_size // BLOCK_BYTES)

    def read(self, file: str, block: int) -> Iterator[Batch]:
        """The lines that begin in a stretch."""
        texts: list[str | None] = []
        reasons: dict[int, str] = {}
        size = 0
        with self._paths[file].open("rb") as lines:
            for place, line in _lines_from(lines, block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES):
                text = self._text(file, place, line)
                if text is not None and not _is_unicode(text):
                    text, reasons[len(texts)] = None, NOT_UTF8
                texts.append(text)
                size += len(line)
                if size >= BATCH_BYTES:
                    yield Batch(pa.array(texts, pa.large_string()), reasons)
                    texts, reasons, size = [], {}, 0
        if texts:
            yield Batch(pa.array(texts, pa.large_string()), reasons)

    def _text(self, file: str, place: int, line: bytes) -> str | None:
        where = f"{file}: line at byte {place}"
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise PrepareError(f"{where} is not JSON ({error}); mend the line or take it away") from error
        if not isinstance(fields, dict):
            raise PrepareError(f'{where} is not an object; give lines such as {{"text": "..."}}')
        for key in self._keys:
            if key in fields:
                text = fields[key]
                if text is None or isinstance(text, str):
                    return text
                kind = type(text).__name__
                raise PrepareError(f"{where}: '{key}' is not a string (found {kind}); name another with --column")
        missing = " or ".join(f"'{key}'" for key in self._keys)
        found = ", ".join(fields)
        raise PrepareError(f"{where}: no {missing}; name the text's key with --column (found: {found})")


def _lines_from(file: IO[bytes], start: int, stop: int) -> Iterator[tuple[int, bytes]]:
    """The lines that begin in start .. stop, each with its place; blank ones are passed over."""
    if start:
        # The line that runs across `start` belongs to the stretch before; one that begins there is ours.
        file.seek(start - 1)
        file.readline()
    while (place := file.tell()) < stop and (line := file.readline()):
        if line.strip():
            yield place, line


def _is_unicode(text: str) -> bool:
    """JSON's escapes can spell half of a surrogate pair, which no UTF-8 text holds."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
