"""One language's rows as a file that any process can map: an Arrow IPC file that ends with a seal.

The file's only column is `text` (`large_string`). Its record batches are a conversion's blocks; the last one
has no rows and carries the seal, a line of JSON in its metadata. As the seal is written last and the Arrow
footer after it, a file that opens was written to its end. The same source gives the same bytes.

Opening reads the headers and offsets, not the text: a few milliseconds for each GB. Text damaged in place is
found only where it breaks an offset or UTF-8.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa

from tokstats_parallel._native import TextColumn
from tokstats_parallel.conversion import Conversion, chunk
from tokstats_parallel.errors import CorpusError
from tokstats_parallel.readers import TEXT, reason

FORMAT = 1  # raised when a file written before must not be used any more

_SCHEMA = pa.schema([(TEXT, pa.large_string())])
_SEAL_KEY = b"tokstats-parallel"


class DamagedError(CorpusError):
    """A cache file is not what was once written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """What a cache file says about itself.

    Attributes:
        language: whose rows they are.
        source: the file or folder that they were read from.
        identity: the source's identity at that time.
        rows: the number of rows.
        text_bytes: the size of their text.
        fingerprint: the hash of their content.
        format: the version of the file's layout.
    """

    language: str
    source: str
    identity: str
    rows: int
    text_bytes: int
    fingerprint: str
    format: int = FORMAT


def write(path: Path, conversion: Conversion) -> None:
    """Converts into `path`, and returns when the file is whole on the disk.

    Raises:
        CorpusError: as the conversion.
        OSError: the file cannot be written.
    """
    source = conversion.source
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, _SCHEMA) as writer:
        for block in conversion:
            writer.write_batch(pa.record_batch([block], schema=_SCHEMA))
        seal = Seal(
            language=source.language,
            source=str(source.path.resolve()),
            identity=source.identity,
            rows=conversion.rows,
            text_bytes=conversion.text_bytes,
            fingerprint=conversion.fingerprint(),
        )
        nothing = pa.record_batch([pa.nulls(0, pa.large_string())], schema=_SCHEMA)
        writer.write_batch(nothing, custom_metadata={_SEAL_KEY: json.dumps(asdict(seal))})
    flush(path)


def flush(path: Path) -> None:
    """Waits until the file or folder `path` is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_seal(path: Path) -> Seal:
    """The seal of a cache file.

    Raises:
        DamagedError: it has none, or one of another format.
        FileNotFoundError: there is no such file.
    """
    with _intact(path), pa.memory_map(str(path)) as raw:
        return _seal(pa.ipc.open_file(raw))


def load(path: Path) -> tuple[Seal, TextColumn]:
    """Maps a cache file.

    Raises:
        DamagedError: it is not what was written.
        FileNotFoundError: there is no such file.
    """
    with _intact(path), pa.memory_map(str(path)) as raw:
        file = pa.ipc.open_file(raw)
        seal = _seal(file)
        batches = [file.get_batch(number) for number in range(file.num_record_batches - 1)]
        column = TextColumn([chunk(batch.column(0)) for batch in batches])
    if len(column) != seal.rows:
        raise DamagedError(
            f"{path}: holds {len(column)} rows instead of {seal.rows}; run again to rebuild it"
        )
    return seal, column


def _seal(file: pa.RecordBatchFileReader) -> Seal:
    if file.schema != _SCHEMA or not file.num_record_batches:
        raise ValueError("no sealed column of text")
    _, metadata = file.get_batch_with_custom_metadata(file.num_record_batches - 1)
    if metadata is None or _SEAL_KEY not in metadata:
        raise ValueError("no seal")
    seal = Seal(**json.loads(metadata[_SEAL_KEY]))
    if seal.format != FORMAT:
        raise ValueError(f"format {seal.format}, not {FORMAT}")
    return seal


@contextmanager
def _intact(path: Path) -> Iterator[None]:
    """Turns what the libraries raise about a damaged file into a DamagedError."""
    try:
        yield
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:
        raise DamagedError(
            f"{path}: damaged cache file ({reason(error)}); run again to rebuild it"
        ) from error
