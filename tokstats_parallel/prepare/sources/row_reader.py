"""Row reader: reads the rows of a source from any position to the end, and repeats reads after temporary faults.

After a temporary fault inside a block, the block is read again from its beginning, and the rows that were already
returned are skipped. The rows of a pinned version do not change, so every row is returned exactly once.
"""

from collections.abc import Iterator

from tokstats_parallel.errors import PrepareError
from tokstats_parallel.prepare.download_retry import Retry
from tokstats_parallel.prepare.sources.rows import Position, RowSource, SourceRows, rows_within


class RowReader:
    """Reader of the rows of a source, which returns any number of rows at a time.

    Attributes:
        position: Position of the first row that was not returned yet; None before the first row of the source.
    """

    def __init__(self, source: RowSource, start: Position | None, *, retry: Retry) -> None:
        """Makes a reader that begins at the position `start` (None: the first row); reads nothing yet."""
        self._chunks = read_chunks(source, start, retry=retry)
        self._rest: tuple[Position, SourceRows] | None = None
        self.position = start

    def take(self, *, rows: int, text_bytes: int) -> SourceRows | None:
        """Returns some of the following rows; None if the source has no further row.

        Args:
            rows: Maximum number of returned rows that have a text.
            text_bytes: Number of bytes of text; the row that reaches it is the last one returned.
        """
        upcoming = self._rest or next(self._chunks, None)
        if upcoming is None:
            return None
        first, chunk = upcoming
        count = rows_within(chunk.texts, rows=rows, text_bytes=text_bytes)
        self.position = Position(first.file, first.block, first.row + count)
        self._rest = (self.position, chunk.slice(count)) if count < len(chunk) else None
        return chunk.slice(0, count)


def read_chunks(source: RowSource, start: Position | None, *, retry: Retry) -> Iterator[tuple[Position, SourceRows]]:
    """Yields (position of the first row, chunk of rows), from the position `start` (None: the first row) to the end."""
    files = list(source.files)
    if start is not None and start.file not in files:
        raise PrepareError(f"{start.file}: an earlier run read it, and it is not in the source; begin with --restart")
    for file in files[0 if start is None else files.index(start.file) :]:
        first = start if start is not None and start.file == file else Position(file, 0, 0)
        blocks = retry.call(lambda file=file: source.blocks(file), file)  # type: ignore[misc]
        for block in range(first.block, blocks):
            row = first.row if block == first.block else 0
            yield from _read_block(source, Position(file, block, row), retry)


def _read_block(source: RowSource, start: Position, retry: Retry) -> Iterator[tuple[Position, SourceRows]]:
    row, failures = start.row, 0
    while True:
        try:
            for first, chunk in _from_row(source.read(start.file, start.block), row):
                yield Position(start.file, start.block, first), chunk
                row, failures = first + len(chunk), 0
        except Exception as error:  # noqa: BLE001 - `wait` raises lasting errors again
            failures += 1
            retry.wait(error, failures, f"{start.file}, block {start.block}")
        else:
            return


def _from_row(chunks: Iterator[SourceRows], row: int) -> Iterator[tuple[int, SourceRows]]:
    """Yields (index of the first row in the block, chunk) without the rows whose index is below `row`."""
    end = 0
    for chunk in chunks:
        start, end = end, end + len(chunk)
        if end > row:
            first = max(start, row)
            yield first, chunk.slice(first - start)
