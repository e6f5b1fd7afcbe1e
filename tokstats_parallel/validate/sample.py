"""Sample: rows from all over the data of a language, at a cost that does not depend on the size of the data.

A section is a row group of Parquet, a record batch of Arrow, or a range of rows of a converted corpus. At most
`MAX_SECTIONS` sections, evenly spread over the data, are read, and each section only until its share of the bytes is
reached. Only metadata are read of other sections. If a file is one large row group, its first rows are the sample.
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
from tokstats_parallel.corpus.readers import ArrowReader, ParquetReader, RowChunk, open_parquet, readable
from tokstats_parallel.corpus.text_column import TEXT, check_column, is_bytes
from tokstats_parallel.system.file_names import arrow_name

MAX_SECTIONS = 16
SAMPLE_BYTES = 32_000_000
_SLICE_ROWS = 32
_OFFSET_BYTES = 8

Section = Callable[[], Iterator[RowChunk]]
"""Function that yields the rows of one section, at most `_SLICE_ROWS` at a time."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Sample of the rows of a language, checked as a conversion checks rows.

    Attributes:
        arrays: Arrow arrays (`large_string`) of the rows in the sample, a few rows each.
        text_bytes: Size of the text in the sample, in bytes.
        seconds: Seconds of reading, checking and hashing the sample.
        from_bytes: Whether rows of the sample were bytes in their file, instead of strings.
    """

    arrays: tuple[pa.Array, ...]
    text_bytes: int
    seconds: float
    from_bytes: bool = False

    @property
    def rows(self) -> int:
        """Number of rows in the sample."""
        return sum(len(array) for array in self.arrays)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Numbers of rows in a sample, by their length without white space at the ends.

    Attributes:
        rows: Number of all rows.
        empty: Number of rows without text.
        tiny: Number of rows with very few characters, or none.
        short: Number of rows that have fewer characters than a text may have.
    """

    rows: int
    empty: int
    tiny: int
    short: int


def sample_source(source: LanguageSource, max_bytes: int) -> Sample:
    """Reads a sample of a source that is not converted.

    Args:
        source: Source of a language's rows.
        max_bytes: Maximum size of the sample in memory, in bytes; each section may exceed its share by a few rows.

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
    """Reads a sample of a converted corpus.

    Args:
        corpus: Converted rows of a language.
        max_bytes: Maximum size of the sample in memory, in bytes; each section may exceed its share by a few rows.

    Raises:
        CorpusError: The cache file is damaged.
    """
    length = max(1, -(-len(corpus) // MAX_SECTIONS))
    ranges = [range(first, min(first + length, len(corpus))) for first in range(0, len(corpus), length)]
    return _sample([partial(_row_range, corpus, rows) for rows in ranges], max_bytes)


def lengths(sample: Sample, *, tiny: int, span: int) -> Lengths:
    """Counts the rows of a sample that have no character, fewer than `tiny` and fewer than `span` characters.

    White space at the ends of a row does not count.
    """
    import pyarrow.compute as pc  # noqa: PLC0415 - takes a tenth of a second

    counts = [pc.utf8_length(pc.utf8_trim_whitespace(array)) for array in sample.arrays]

    def below(characters: int) -> int:
        return sum(pc.sum(pc.less(count, characters)).as_py() or 0 for count in counts)

    return Lengths(rows=sample.rows, empty=below(1), tiny=below(tiny), short=below(span))


def _sample(sections: Sequence[Section], max_bytes: int) -> Sample:
    start = perf_counter()
    arrays: list[pa.Array] = []
    text_bytes = 0
    from_bytes = False
    fingerprint = Fingerprint()  # only to take as much time as in a conversion
    for section in sections:
        size = 0  # bytes of text and offsets read of the section
        for chunk, array in ((each, rows) for each in section() for rows in checked(each)):
            from_bytes |= is_bytes(chunk.values.type)
            arrays.append(array)
            array_bytes = fingerprint.add(array)
            text_bytes += array_bytes
            size += array_bytes + _OFFSET_BYTES * len(array)
            if size >= max_bytes // len(sections):
                break
    return Sample(tuple(arrays), text_bytes, perf_counter() - start, from_bytes)


def _spread(sections: Sequence[Section]) -> list[Section]:
    """Returns at most `MAX_SECTIONS` of the sections, evenly spread over all of them."""
    wanted = min(len(sections), MAX_SECTIONS)
    return [sections[index * len(sections) // wanted] for index in range(wanted)]


def _row_range(corpus: Corpus, rows: range) -> Iterator[RowChunk]:
    for first in rows[::_SLICE_ROWS]:
        texts = [corpus[row] for row in range(first, min(first + _SLICE_ROWS, rows.stop))]
        yield RowChunk(corpus.name, first, pa.array(texts, pa.large_string()))


def _row_groups(reader: ParquetReader) -> Iterator[Section]:
    with readable(reader), open_parquet(reader.path) as file:
        check_column(file.schema_arrow, reader.label)
        first_row = 0
        for group in range(file.num_row_groups):
            yield partial(_row_group, reader, group, first_row)
            first_row += file.metadata.row_group(group).num_rows


def _row_group(reader: ParquetReader, group: int, first_row: int) -> Iterator[RowChunk]:
    with readable(reader), open_parquet(reader.path) as file:
        for record_batch in file.iter_batches(_SLICE_ROWS, row_groups=[group], columns=[TEXT], use_threads=False):
            yield RowChunk(reader.label, first_row, record_batch.column(0))
            first_row += record_batch.num_rows


def _record_batches(reader: ArrowReader) -> Iterator[Section]:
    first_row = 0
    for index, record_batch in enumerate(_mapped(reader)):
        yield partial(_record_batch, reader, index, first_row)
        first_row += record_batch.num_rows


def _record_batch(reader: ArrowReader, index: int, first_row: int) -> Iterator[RowChunk]:
    for record_batch in islice(_mapped(reader), index, index + 1):
        values = record_batch.column(TEXT)
        for start in range(0, len(values), _SLICE_ROWS):
            yield RowChunk(reader.label, first_row + start, values.slice(start, _SLICE_ROWS))


def _mapped(reader: ArrowReader) -> Iterator[pa.RecordBatch]:
    """Yields the record batches of an Arrow file from a memory map, so that skipped ones are not read."""
    with readable(reader), pa.memory_map(arrow_name(reader.path)) as raw:
        yield from reader.record_batches(raw)
