"""One language's rows as a file for random access: an Arrow IPC file that ends with a seal.

Its columns are a row's `text` (`large_string`) and, since a text of a few characters should not cost the reading of
whole rows, its `marks` and its `record` (see `native/src/records.rs`). Its record batches are a conversion's blocks;
the last one has no rows and carries the seal, a line of JSON in its metadata. As the seal is written last and the Arrow
footer after it, a file that opens was written to its end. The same source gives the same bytes.

The seal also says where each block has its buffers, so that the native core reads rows at their positions (see
`native/src/column.rs` for why the file is not mapped), and the checksum of each. Opening reads the footer and the
offsets, not the text; `check_text` reads the text of files that are small enough for it. What is damaged in place in a
larger one is found only where it breaks an offset, a record or UTF-8. Arrow's own offsets of the marks are in no
checksum: only other readers need them, since a record says where a row's marks are.
"""

import errno
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokstats_parallel._native import RECORD_BYTES, TextColumn
from tokstats_parallel.corpus.conversion import Conversion, chunk
from tokstats_parallel.corpus.file_identity import Stamp
from tokstats_parallel.corpus.readers import TEXT
from tokstats_parallel.errors import CorpusError, reason
from tokstats_parallel.system.atomic import flush

FORMAT = 4  # raised when a file written before must not be used any more
ROW_BYTES = 8 + 8 + RECORD_BYTES  # of each row beside its text and marks: two offsets and the record

_RECORD = pa.binary(RECORD_BYTES)
_SCHEMA = pa.schema([(TEXT, pa.large_string()), ("marks", pa.large_binary()), ("record", _RECORD)])
_SEAL_KEY = b"tokstats-parallel"

_NOT_NOW = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES}

_CHECKED_BYTES = 1 << 30  # of text, a quarter of a second's work
_KEPT_BYTES = 2 << 30
_DROP_WINDOW = 512 << 20
_DROP_EVERY = 16  # blocks, of 4 MiB or so

Place = tuple[int, int, int, int, int]  # where a block's offsets, text, marks and records begin, and its rows


class DamagedError(CorpusError):
    """A cache file is not what was once written."""


class OtherFormatError(DamagedError):
    """A cache file is whole, but of a format that is not read any more, or not yet."""


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
        blocks: where each block's offsets, text, marks and records begin in the file, and its number of rows.
        checksums: those of the blocks (see `TextColumn.checksums`).
        format: the version of the file's layout.
    """

    language: str
    source: str
    identity: str
    rows: int
    text_bytes: int
    fingerprint: str
    blocks: tuple[Place, ...]
    checksums: tuple[int, ...]
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class CacheFile:
    """A cache file that has been opened.

    Attributes:
        path: where it is.
        stamp: what it was when it was opened.
        seal: what it says about itself.
        column: its rows.
    """

    path: Path
    stamp: Stamp
    seal: Seal
    column: TextColumn


def write(path: Path, conversion: Conversion) -> None:
    """Converts into `path`, and returns when the file is whole on the disk.

    Raises:
        CorpusError: as the conversion.
        OSError: the file cannot be written.
    """
    source = conversion.source
    places: list[Place] = []
    checksums: list[int] = []
    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, _SCHEMA) as writer,
        path.open("rb") as written,
    ):
        for block in conversion:
            column = TextColumn([chunk(block)])
            ((marks, records),) = column.records()
            writer.write_batch(_record_batch(block, marks, records))
            places.append(_place(block, len(marks), sink.tell()))
            checksums += column.checksums()
            if len(places) % _DROP_EVERY == 0:
                _drop_behind(written.fileno(), sink.tell())
        seal = Seal(
            language=source.language,
            source=str(source.path.resolve()),
            identity=source.identity,
            rows=conversion.rows,
            text_bytes=conversion.text_bytes,
            fingerprint=conversion.fingerprint(),
            blocks=tuple(places),
            checksums=tuple(checksums),
        )
        nothing = pa.record_batch([pa.nulls(0, kind) for kind in _SCHEMA.types], schema=_SCHEMA)
        writer.write_batch(nothing, custom_metadata={_SEAL_KEY: json.dumps(asdict(seal))})
    _check_places(path, places)
    flush(path)


def _drop_behind(descriptor: int, end: int) -> None:
    """Lets go of the system's cache of what was written, but for the file's beginning.

    A conversion larger than that would push out what other programs have in memory, to make room for pages most of
    which no run will read soon. Pages that are not on the disk yet stay, and are asked for again the next times.
    """
    start = max(_KEPT_BYTES, end - _DROP_WINDOW)
    if end > start and hasattr(os, "posix_fadvise"):  # not on every system
        os.posix_fadvise(descriptor, start, end - start, os.POSIX_FADV_DONTNEED)


def _record_batch(block: pa.Array, marks: bytes, records: bytes) -> pa.RecordBatch:
    """A block with its marks and its records."""
    rows = len(block)
    bounds = np.append(_marks_begin(records), len(marks))
    columns = [
        block,
        pa.Array.from_buffers(pa.large_binary(), rows, [None, pa.py_buffer(bounds), pa.py_buffer(marks)]),
        pa.Array.from_buffers(_RECORD, rows, [None, pa.py_buffer(records)]),
    ]
    return pa.record_batch(columns, schema=_SCHEMA)


def _place(block: pa.Array, marks_bytes: int, end: int) -> Place:
    """Where the buffers of a block are in the file whose record batch of it ends at `end`.

    The format puts them last in a record batch: offsets from 0, the text, the offsets of the marks, the marks and
    the records, each padded to 8 bytes.
    """
    offsets_bytes = (len(block) + 1) * 8
    records = end - len(block) * RECORD_BYTES
    marks = records - marks_bytes
    data = marks - offsets_bytes - _padded(_text_bytes(block))
    return data - offsets_bytes, data, marks, records, len(block)


def _text_bytes(block: pa.Array) -> int:
    bounds = np.frombuffer(chunk(block)[0], dtype=np.int64)
    return int(bounds[-1] - bounds[0])


def _check_places(path: Path, places: Sequence[Place]) -> None:
    """Refuses a file whose blocks are not where they should be: another layout by another version of Arrow."""
    with path.open("rb") as file:
        for offsets, data, marks, records, rows in places:
            bounds, marks_bounds = (_offsets_at(file, place, rows) for place in (offsets, marks - (rows + 1) * 8))
            file.seek(records)
            begin = _marks_begin(file.read(rows * RECORD_BYTES))
            if (
                bounds[0] != 0
                or data != offsets + bounds.nbytes
                or marks != data + _padded(int(bounds[-1])) + marks_bounds.nbytes
                or marks_bounds[-1] != records - marks
                or (marks_bounds[:-1] != begin).any()
                or (np.diff(bounds) < 0).any()
            ):
                raise CorpusError(f"{path}: this pyarrow lays files out in another way; install the locked one")


def _marks_begin(records: bytes) -> npt.NDArray[np.int64]:
    """Where the marks of each row begin, in bytes from the block's first."""
    return np.frombuffer(records, "<i8").reshape(-1, RECORD_BYTES // 8)[:, -1] * 8


def _offsets_at(file: BinaryIO, place: int, rows: int) -> npt.NDArray[np.int64]:
    file.seek(place)
    return np.frombuffer(file.read((rows + 1) * 8), dtype="<i8")


def _padded(size: int) -> int:
    return size + -size % 8


def read_seal(path: Path) -> Seal:
    """The seal of a cache file.

    Raises:
        DamagedError: it has none.
        OtherFormatError: it has one of another format.
        FileNotFoundError: there is no such file.
    """
    with _intact(path), pa.OSFile(str(path)) as raw:
        file = pa.ipc.open_file(raw)
        fields = _sealed(file)
        version = fields["format"]
        if isinstance(version, int) and version != FORMAT:  # whose columns and fields may be others
            age = "older" if version < FORMAT else "newer"
            raise OtherFormatError(
                f"{path}: cache file of {age} format ({version} there, {FORMAT} here); run again to rebuild it"
            )
        if file.schema != _SCHEMA:
            raise ValueError("no column of text with its records")
        blocks, checksums = tuple(map(tuple, fields["blocks"])), tuple(fields["checksums"])
        return Seal(**fields | {"blocks": blocks, "checksums": checksums})


def load(path: Path) -> CacheFile:
    """Opens a cache file.

    Raises:
        DamagedError: it is not what was written.
        FileNotFoundError: there is no such file.
    """
    with _intact(path):
        stamp = Stamp.of(path)
    seal = read_seal(path)
    with _intact(path):
        column = TextColumn.of_file(path, seal.blocks)
    if len(column) != seal.rows:
        raise DamagedError(f"{path}: holds {len(column)} rows instead of {seal.rows}; run again to rebuild it")
    return CacheFile(path, stamp, seal, column)


def check_text(file: CacheFile, threads: int = 1) -> None:
    """Reads the text of a file that is not too large, by up to so many threads, and compares it with the seal.

    Raises:
        DamagedError: it is not what was written.
    """
    if file.seal.text_bytes > _CHECKED_BYTES:
        return
    with _intact(file.path):
        checksums = tuple(file.column.checksums(threads))
    if checksums != file.seal.checksums:
        raise DamagedError(f"{file.path}: its text is not what was written; run again to rebuild it")


def _sealed(file: pa.RecordBatchFileReader) -> dict[str, Any]:
    """The fields of a file's seal."""
    if not file.num_record_batches:
        raise ValueError("no sealed column of text")
    _, metadata = file.get_batch_with_custom_metadata(file.num_record_batches - 1)
    if metadata is None or _SEAL_KEY not in metadata:
        raise ValueError("no seal")
    fields: dict[str, Any] = json.loads(metadata[_SEAL_KEY])
    return fields


@contextmanager
def _intact(path: Path) -> Iterator[None]:
    """Turns what the libraries raise about a damaged file into a DamagedError; that it cannot be read now is none.

    Want of memory becomes an OSError, as the system would tell it.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except MemoryError as error:  # Arrow's, too, which says nothing about the file
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)) from error
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno in _NOT_NOW:
            raise
        raise DamagedError(f"{path}: damaged cache file ({reason(error)}); run again to rebuild it") from error
