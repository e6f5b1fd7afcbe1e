"""Cache files: one language's rows for random access, in an Arrow IPC file that ends with a seal.

`cache_layout` has the columns and the blocks. The last record batch has no rows and carries the seal, a line of JSON in
its metadata. As the seal is written last and the Arrow footer after it, a file that opens was written to its end. The
same source gives the same bytes.

The seal has the location of each block and the checksum of its buffers. Opening reads the footer and the offsets, not
the text; `check_text` also reads the text of files that are small enough for it. Damage inside a larger file is found
only where it breaks an offset, an entry of the row index or UTF-8. Arrow's own offsets of the checkpoints are in no
checksum: only other readers need them, since the row index says where a row's checkpoints are.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from tokstats_parallel._native import TextColumn
from tokstats_parallel.corpus.arrow_text import text_buffers
from tokstats_parallel.corpus.cache_layout import SCHEMA, BlockLocation, check_layout, locate, record_batch
from tokstats_parallel.corpus.conversion import Conversion
from tokstats_parallel.corpus.file_identity import FileIdentity
from tokstats_parallel.errors import CorpusError, reason
from tokstats_parallel.system.atomic import flush

FORMAT = 4
"""Raised when files written before must not be used any more."""

_SEAL_KEY = b"tokstats-parallel"

# These errors say nothing about the file; it may be readable the next time.
_PASSING_ERRORS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES}

_CHECKED_BYTES = 1 << 30  # of text, a quarter of a second's work
_KEPT_BYTES = 2 << 30
_DROP_WINDOW = 512 << 20
_DROP_EVERY = 16  # blocks, of about 4 MiB


class DamagedError(CorpusError):
    """A cache file does not hold what was written to it."""


class OtherFormatError(DamagedError):
    """A cache file is whole, but its format is older or newer than this version reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """The facts about a cache file that it carries itself.

    Attributes:
        language: The language's name.
        source: The file or folder that the rows were read from.
        identity: The source's identity at that time (see `LanguageSource`).
        rows: The number of rows.
        text_bytes: The size of their text in bytes.
        fingerprint: The hash of their content.
        blocks: The location of each block in the file.
        checksums: The checksum of each block (see `TextColumn.checksums`).
        format: The version of the file's layout.
    """

    language: str
    source: str
    identity: str
    rows: int
    text_bytes: int
    fingerprint: str
    blocks: tuple[BlockLocation, ...]
    checksums: tuple[int, ...]
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class CacheFile:
    """An opened cache file.

    Attributes:
        path: Its path.
        file_identity: Its identity when it was opened.
        seal: Its seal.
        column: Its rows.
    """

    path: Path
    file_identity: FileIdentity
    seal: Seal
    column: TextColumn


def write(path: Path, conversion: Conversion) -> None:
    """Converts into `path`, and returns when the file is whole on the disk.

    Raises:
        CorpusError: As the conversion.
        OSError: The file cannot be written.
    """
    blocks: list[BlockLocation] = []
    checksums: list[int] = []
    with (
        pa.OSFile(str(path), "wb") as sink,
        pa.ipc.new_file(sink, SCHEMA) as writer,
        path.open("rb") as written,
    ):
        for block in conversion:
            column = TextColumn([text_buffers(block)])
            ((checkpoints, entries),) = column.row_index()
            writer.write_batch(record_batch(block, checkpoints, entries))
            blocks.append(locate(block, len(checkpoints), sink.tell()))
            checksums += column.checksums()
            if len(blocks) % _DROP_EVERY == 0:
                _drop_behind(written.fileno(), sink.tell())
        seal = _seal(conversion, blocks, checksums)
        nothing = pa.record_batch([pa.nulls(0, kind) for kind in SCHEMA.types], schema=SCHEMA)
        writer.write_batch(nothing, custom_metadata={_SEAL_KEY: json.dumps(asdict(seal))})
    check_layout(path, blocks)
    flush(path)


def _seal(conversion: Conversion, blocks: list[BlockLocation], checksums: list[int]) -> Seal:
    """The seal for a conversion that has ended."""
    source = conversion.source
    return Seal(
        language=source.language,
        source=str(source.path.resolve()),
        identity=source.identity,
        rows=conversion.rows,
        text_bytes=conversion.text_bytes,
        fingerprint=conversion.fingerprint(),
        blocks=tuple(blocks),
        checksums=tuple(checksums),
    )


def _drop_behind(descriptor: int, end: int) -> None:
    """Drops what was written from the system's page cache, except the file's beginning.

    Otherwise a large conversion would displace what other programs have in memory, for pages most of which no run reads
    soon. Pages that are not on the disk yet stay, and are dropped by later calls.
    """
    start = max(_KEPT_BYTES, end - _DROP_WINDOW)
    if end > start and hasattr(os, "posix_fadvise"):  # not on every system
        os.posix_fadvise(descriptor, start, end - start, os.POSIX_FADV_DONTNEED)


def read_seal(path: Path) -> Seal:
    """Reads the seal of a cache file.

    Raises:
        DamagedError: The file has no seal.
        OtherFormatError: The file is of another format.
        FileNotFoundError: There is no such file.
        OSError: The file cannot be read now.
    """
    with _as_damage(path), pa.OSFile(str(path)) as raw:
        file = pa.ipc.open_file(raw)
        fields = _seal_fields(file)
        version = fields["format"]
        if isinstance(version, int) and version != FORMAT:  # its columns and fields may be others
            age = "older" if version < FORMAT else "newer"
            raise OtherFormatError(
                f"{path}: cache file of {age} format ({version} there, {FORMAT} here); run again to rebuild it"
            )
        if file.schema != SCHEMA:
            raise ValueError("no column of text with its records")
        blocks, checksums = tuple(map(tuple, fields["blocks"])), tuple(fields["checksums"])
        return Seal(**fields | {"blocks": blocks, "checksums": checksums})


def load(path: Path) -> CacheFile:
    """Opens a cache file.

    Raises:
        DamagedError: The file does not hold what was written.
        FileNotFoundError: There is no such file.
        OSError: The file cannot be read now.
    """
    with _as_damage(path):
        identity = FileIdentity.of(path)
    seal = read_seal(path)
    with _as_damage(path):
        column = TextColumn.of_file(path, seal.blocks)
    if len(column) != seal.rows:
        raise DamagedError(f"{path}: holds {len(column)} rows instead of {seal.rows}; run again to rebuild it")
    return CacheFile(path, identity, seal, column)


def check_text(file: CacheFile, threads: int = 1) -> None:
    """Reads the text of a file of up to 1 GiB of text, with up to so many threads, and compares it with the seal.

    Raises:
        DamagedError: The text is not what was written.
    """
    if file.seal.text_bytes > _CHECKED_BYTES:
        return
    with _as_damage(file.path):
        checksums = tuple(file.column.checksums(threads))
    if checksums != file.seal.checksums:
        raise DamagedError(f"{file.path}: its text is not what was written; run again to rebuild it")


def _seal_fields(file: pa.RecordBatchFileReader) -> dict[str, Any]:
    """The fields of a file's seal."""
    if not file.num_record_batches:
        raise ValueError("no sealed column of text")
    _, metadata = file.get_batch_with_custom_metadata(file.num_record_batches - 1)
    if metadata is None or _SEAL_KEY not in metadata:
        raise ValueError("no seal")
    fields: dict[str, Any] = json.loads(metadata[_SEAL_KEY])
    return fields


@contextmanager
def _as_damage(path: Path) -> Iterator[None]:
    """Turns the libraries' errors about a damaged file into a DamagedError.

    Errors that do not mean damage stay what they are; want of memory becomes an OSError.
    """
    try:
        yield
    except FileNotFoundError:
        raise
    except MemoryError as error:  # Python's or Arrow's; it says nothing about the file
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)) from error
    except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno in _PASSING_ERRORS:
            raise
        raise DamagedError(f"{path}: damaged cache file ({reason(error)}); run again to rebuild it") from error
