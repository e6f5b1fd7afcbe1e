"""Sample: rows of a language from sections spread over its data, at a cost that does not depend on its size.

A section is a row group of Parquet, a record batch of Arrow or a range of rows of a converted corpus. At most
`MAX_SECTIONS` of them are read, evenly spread, and each only until its share of the bytes is reached. Between sections
only metadata are read. Where a file is one large row group, its first rows are the sample.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from time import perf_counter

import pyarrow as pa

from tokstats_parallel.corpus.conversion import Fingerprint, checked
from tokstats_parallel.corpus.corpus import Corpus
from tokstats_parallel.corpus.language_files import LanguageSource
from tokstats_parallel.corpus.readers import (
    TEXT,
    ArrowReader,
    ParquetReader,
    RowChunk,
    check_column,
    open_parquet,
    readable,
)

MAX_SECTIONS = 16
SAMPLE_BYTES = 32_000_000
_SLICE_ROWS = 32
_OFFSET_BYTES = 8

Section = Callable[[], Iterator[RowChunk]]
"""Yields the rows of a section, a few at a time."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a language, checked as a conversion checks them.

    Attributes:
        blocks: Rows, as `large_string` arrays.
        text_bytes: Size of their text.
        seconds: Seconds of reading, checking and hashing them.
    """

    blocks: tuple[pa.Array, ...]
    text_bytes: int
    seconds: float

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(len(block) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Numbers of rows.

    Attributes:
        rows: All rows.
        empty: Rows without text.
        tiny: Rows with next to no text.
        short: Rows shorter than a text of the run.
    """

    rows: int
    empty: int
    tiny: int
    short: int


def sample_source(source: LanguageSource, max_bytes: int) -> Sample:
    """Samples a source that has not been converted.

    Raises:
        CorpusError: The source cannot be read, or a row of the sample is null or not UTF-8.
    """
    sections = [
        section
        for reader in source.readers()
        for section in (_row_groups(reader) if isinstance(reader, ParquetReader) else _record_batches(reader))
    ]
    return _sample(_spread(sections), max_bytes)


def sample_corpus(corpus: Corpus, max_bytes: int) -> Sample:
    """Samples a converted corpus.

    Raises:
        CorpusError: The cache file is damaged.
    """
    length = max(1, -(-len(corpus) // MAX_SECTIONS))
    ranges = [range(first, min(first + length, len(corpus))) for first in range(0, len(corpus), length)]
    return _sample([partial(_row_range, corpus, rows) for rows in ranges], max_bytes)


def lengths(sample: Sample, *, tiny: int, span: int) -> Lengths:
    """Counts rows of a sample by their characters without outer white space: below 1, `tiny` and `span`."""
    import pyarrow.compute as pc  # noqa: PLC0415 - a tenth of a second

    counts = [pc.utf8_length(pc.utf8_trim_whitespace(block)) for block in sample.blocks]

    def below(characters: int) -> int:
        return sum(pc.sum(pc.less(count, characters)).as_py() or 0 for count in counts)

    return Lengths(rows=sample.rows, empty=below(1), tiny=below(tiny), short=below(span))


def _sample(sections: Sequence[Section], max_bytes: int) -> Sample:
    start = perf_counter()
    blocks: list[pa.Array] = []
    text_bytes = 0
    fingerprint = Fingerprint()  # costs time, as in a conversion
    for section in sections:
        size = 0  # of text and offsets
        for block in (rows for batch in section() for rows in checked(batch)):
            blocks.append(block)
            block_bytes = fingerprint.add(block)
            text_bytes += block_bytes
            size += block_bytes + _OFFSET_BYTES * len(block)
            if size >= max_bytes // len(sections):
                break
    return Sample(tuple(blocks), text_bytes, perf_counter() - start)


def _spread(sections: Sequence[Section]) -> list[Section]:
    """Selects at most `MAX_SECTIONS` sections, evenly spread."""
    wanted = min(len(sections), MAX_SECTIONS)
    return [sections[index * len(sections) // wanted] for index in range(wanted)]


def _row_range(corpus: Corpus, rows: range) -> Iterator[RowChunk]:
    for first in rows[::_SLICE_ROWS]:
        texts = [corpus[row] for row in range(first, min(first + _SLICE_ROWS, rows.stop))]
        yield RowChunk(corpus.name, first, pa.array(texts, pa.large_string()))


def _row_groups(reader: ParquetReader) -> Iterator[Section]:
    with readable(reader.label), open_parquet(reader.path) as file:
        check_column(file.schema_arrow, reader.label)
        first_row = 0
        for group in range(file.num_row_groups):
            yield partial(_row_group, reader, group, first_row)
            first_row += file.metadata.row_group(group).num_rows


def _row_group(reader: ParquetReader, group: int, first_row: int) -> Iterator[RowChunk]:
    with readable(reader.label), open_parquet(reader.path) as file:
        for batch in file.iter_batches(_SLICE_ROWS, row_groups=[group], columns=[TEXT], use_threads=False):
            yield RowChunk(reader.label, first_row, batch.column(0))
            first_row += batch.num_rows


def _record_batches(reader: ArrowReader) -> Iterator[Section]:
    first_row = 0
    for index, batch in enumerate(_mapped(reader)):
        yield partial(_record_batch, reader, index, first_row)
        first_row += batch.num_rows


def _record_batch(reader: ArrowReader, index: int, first_row: int) -> Iterator[RowChunk]:
    for batch in islice(_mapped(reader), index, index + 1):
        values = batch.column(TEXT)
        for start in range(0, len(values), _SLICE_ROWS):
            yield RowChunk(reader.label, first_row + start, values.slice(start, _SLICE_ROWS))


def _mapped(reader: ArrowReader) -> Iterator[pa.RecordBatch]:
    """Yields the record batches from a memory map, so that the text of a skipped one is not read."""
    with readable(reader.label), pa.memory_map(str(reader.path)) as raw:
        yield from reader.record_batches(raw)
