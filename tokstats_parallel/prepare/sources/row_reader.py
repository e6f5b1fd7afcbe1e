"""A source's rows in order, from any position on, through faults that pass.

A fault inside a block is healed by reading that block again and passing over the rows already handed out: the
rows of a pinned version do not change, so no row comes twice and none is lost.
"""

from collections.abc import Iterator

from tokstats_parallel.prepare.retry import Retry
from tokstats_parallel.prepare.sources.rows import Position, RowSource, SourceRows, rows_within


def stream(source: RowSource, start: Position | None, *, retry: Retry) -> Iterator[tuple[Position, SourceRows]]:
    """Batches with the position of their first row, from `start` (None: the first row) to the end."""
    files = list(source.files)
    for file in files[0 if start is None else files.index(start.file) :]:
        begin = start if start is not None and start.file == file else Position(file, 0, 0)
        blocks = retry.call(lambda file=file: source.blocks(file), file)  # type: ignore[misc]
        for block in range(begin.block, blocks):
            row = begin.row if block == begin.block else 0
            yield from _block(source, Position(file, block, row), retry)


def _block(source: RowSource, start: Position, retry: Retry) -> Iterator[tuple[Position, SourceRows]]:
    row, failures = start.row, 0
    while True:
        try:
            for first, batch in _from_row(source.read(start.file, start.block), row):
                yield Position(start.file, start.block, first), batch
                row, failures = first + len(batch), 0
        except Exception as error:  # noqa: BLE001 - `wait` raises again what does not pass
            failures += 1
            retry.wait(error, failures, f"{start.file}, block {start.block}")
        else:
            return


def _from_row(batches: Iterator[SourceRows], row: int) -> Iterator[tuple[int, SourceRows]]:
    """The batches without the rows before `row`, each with the number of its first row."""
    end = 0
    for batch in batches:
        begin, end = end, end + len(batch)
        if end > row:
            first = max(begin, row)
            yield first, batch.slice(first - begin)


class RowReader:
    """Takes rows off a stream, any number at a time.

    Attributes:
        position: the first row not yet taken; None before the first row of all.
    """

    def __init__(self, source: RowSource, start: Position | None, *, retry: Retry) -> None:
        """Begin at `start`; nothing is read yet."""
        self._stream = stream(source, start, retry=retry)
        self._rest: tuple[Position, SourceRows] | None = None
        self.position = start

    def take(self, *, rows: int, size: int) -> SourceRows | None:
        """Some of the next rows, until `rows` texts or `size` bytes of text are reached; None at the end."""
        upcoming = self._rest or next(self._stream, None)
        if upcoming is None:
            return None
        first, batch = upcoming
        count = rows_within(batch.texts, rows=rows, size=size)
        self.position = Position(first.file, first.block, first.row + count)
        self._rest = (self.position, batch.slice(count)) if count < len(batch) else None
        return batch.slice(0, count)
