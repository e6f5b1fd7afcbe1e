"""Some rows of a language, from places spread over its data, at a cost that does not depend on its size.

A place is a row group of Parquet, a record batch of Arrow or a stretch of a converted corpus. At most `PLACES` of them
are begun, evenly spread, and each is left when its share of the bytes is reached. Between the places only metadata are
read. Of a file that is one large row group the sample is the beginning.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import pyarrow as pa

from tokstats_parallel.conversion import Fingerprint, checked
from tokstats_parallel.corpus import Corpus
from tokstats_parallel.readers import TEXT, Batch, check_column, readable
from tokstats_parallel.sources import Source

if TYPE_CHECKING:
    import pyarrow.parquet as pq

PLACES = 16
SAMPLE_BYTES = 32_000_000
_SLICE_ROWS = 32
_OFFSET_BYTES = 8
_BUFFER_BYTES = 1 << 20  # of the Parquet reader
_ARROW_FILE_MAGIC = b"ARROW1"

Place = Callable[[], Iterator[Batch]]  # its rows, from its first, a few at a time


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of a language, checked as a conversion checks them.

    Attributes:
        blocks: The rows, as `large_string` arrays.
        text_bytes: The size of their text.
        seconds: What reading, checking and hashing them took.
    """

    blocks: tuple[pa.Array, ...]
    text_bytes: int
    seconds: float

    @property
    def rows(self) -> int:
        """Their number."""
        return sum(len(block) for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Lengths:
    """Numbers of rows: in all, without text, shorter than 16 characters (say), shorter than a text of the run."""

    rows: int
    empty: int
    tiny: int
    short: int


def sample_source(source: Source, max_bytes: int) -> Sample:
    """Rows of a source that has not been converted.

    Raises:
        CorpusError: The source cannot be read, or a row of the sample is null or not UTF-8.
    """
    parquet = any(file.suffix == ".parquet" for file in source.data_files)
    return _sample(_parquet_places(source) if parquet else _arrow_places(source), max_bytes)


def sample_corpus(corpus: Corpus, max_bytes: int) -> Sample:
    """Rows of a converted corpus.

    Raises:
        CorpusError: The cache file is damaged.
    """
    length = max(1, -(-len(corpus) // PLACES))
    stretches = [range(first, min(first + length, len(corpus))) for first in range(0, len(corpus), length)]
    return _sample([partial(_stretch, corpus, rows) for rows in stretches], max_bytes)


def lengths(sample: Sample, *, tiny: int, span: int) -> Lengths:
    """How long the rows of a sample are, stripped: characters below `tiny`, and below `span`."""
    import pyarrow.compute as pc  # noqa: PLC0415 - a tenth of a second

    counts = [pc.utf8_length(pc.utf8_trim_whitespace(block)) for block in sample.blocks]

    def below(characters: int) -> int:
        return sum(pc.sum(pc.less(count, characters)).as_py() or 0 for count in counts)

    return Lengths(rows=sample.rows, empty=below(1), tiny=below(tiny), short=below(span))


def _sample(places: Sequence[Place], max_bytes: int) -> Sample:
    start = perf_counter()
    blocks: list[pa.Array] = []
    text_bytes = 0
    fingerprint = Fingerprint()  # for its time: a conversion makes one
    for place in places:
        size = 0  # of text and offsets
        for block in (rows for batch in place() for rows in checked(batch)):
            blocks.append(block)
            block_bytes = fingerprint.add(block)
            text_bytes += block_bytes
            size += block_bytes + _OFFSET_BYTES * len(block)
            if size >= max_bytes // len(places):
                break
    return Sample(tuple(blocks), text_bytes, perf_counter() - start)


def _spread(places: Sequence[Place]) -> list[Place]:
    """At most `PLACES` of them, evenly spread."""
    wanted = min(len(places), PLACES)
    return [places[number * len(places) // wanted] for number in range(wanted)]


def _stretch(corpus: Corpus, rows: range) -> Iterator[Batch]:
    for first in rows[::_SLICE_ROWS]:
        texts = [corpus[row] for row in range(first, min(first + _SLICE_ROWS, rows.stop))]
        yield Batch(corpus.name, first, pa.array(texts, pa.large_string()))


def _parquet_places(source: Source) -> list[Place]:
    places: list[Place] = []
    for file in source.data_files:
        label = _label(source, file)
        with readable(label), _open_parquet(file) as parquet:
            check_column(parquet.schema_arrow, label)
            first_row = 0
            for group in range(parquet.num_row_groups):
                places.append(partial(_row_group, file, label, group, first_row))
                first_row += parquet.metadata.row_group(group).num_rows
    return _spread(places)


def _row_group(file: Path, label: str, group: int, first_row: int) -> Iterator[Batch]:
    with readable(label), _open_parquet(file) as parquet:
        for batch in parquet.iter_batches(_SLICE_ROWS, row_groups=[group], columns=[TEXT], use_threads=False):
            yield Batch(label, first_row, batch.column(0))
            first_row += batch.num_rows


def _open_parquet(file: Path) -> "pq.ParquetFile":
    from pyarrow.parquet import ParquetFile  # noqa: PLC0415 - 10 MB, not for the measuring processes

    return ParquetFile(file, pre_buffer=False, buffer_size=_BUFFER_BYTES, page_checksum_verification=True)


def _arrow_places(source: Source) -> list[Place]:
    places: list[Place] = []
    for file in source.data_files:
        label = _label(source, file)
        first_row = 0
        for number, batch in enumerate(_record_batches(file, label)):
            places.append(partial(_record_batch, file, label, number, first_row))
            first_row += batch.num_rows
    return _spread(places)


def _record_batch(file: Path, label: str, number: int, first_row: int) -> Iterator[Batch]:
    for batch in islice(_record_batches(file, label), number, number + 1):
        values = batch.column(TEXT)
        for start in range(0, len(values), _SLICE_ROWS):
            yield Batch(label, first_row + start, values.slice(start, _SLICE_ROWS))


def _record_batches(file: Path, label: str) -> Iterator[pa.RecordBatch]:
    """The record batches, mapped, so that the text of one that is passed over is not read."""
    with readable(label), pa.memory_map(str(file)) as raw:
        if raw.read(len(_ARROW_FILE_MAGIC)) == _ARROW_FILE_MAGIC:
            opened = pa.ipc.open_file(raw)
            check_column(opened.schema, label)
            yield from (opened.get_batch(number) for number in range(opened.num_record_batches))
            return
        raw.seek(0)
        stream = pa.ipc.open_stream(raw)
        check_column(stream.schema, label)
        yield from stream


def _label(source: Source, file: Path) -> str:
    """How messages name a file: from the training folder on."""
    return str(file.relative_to(source.path.parent))
