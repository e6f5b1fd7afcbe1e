"""Cache files: one language's rows for random access, in an Arrow IPC file that ends with a seal.

`cache_layout` describes the columns and the blocks. The last Arrow record batch has no rows; its metadata hold the
seal, a line of JSON with facts about the file. The seal and then the Arrow footer are written last, so a file that has
both was written to its end. Equal sources give equal bytes.

The seal has the location of each block and the checksum of its buffers. `load` reads the footer and the offsets, not
the text. `check_text` reads the text, too, if the file is small enough. Damage inside a larger file is noticed only if
it breaks an offset, an entry of the row index or UTF-8. Arrow's own offsets of the checkpoints are in no checksum,
because only other programs read them: the core takes the checkpoints' offsets from the row index.
"""

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
from tokstats_parallel.errors import CorpusError, machine_failure, reason
from tokstats_parallel.system.atomic import flush
from tokstats_parallel.system.file_names import arrow_name
from tokstats_parallel.system.regular_file import require_regular_file

FORMAT = 5
"""Version of the cache file format; a higher version makes the program ignore the files of earlier ones."""

_SEAL_KEY = b"tokstats-parallel"

_MAX_CHECKED_BYTES = 1 << 30  # of text; one thread reads and checks it in a quarter of a second
_KEPT_BYTES = 2 << 30  # at the beginning of a file, which stay in the page cache
_DROPPED_BYTES = 512 << 20  # before the end of the file, which one call drops from the page cache
_BLOCKS_PER_DROP = 16  # of about 4 MiB each


class DamagedError(CorpusError):
    """A cache file is damaged: its bytes differ from the ones that were written."""


class OtherFormatError(DamagedError):
    """A cache file is whole, but this version of the program reads only an older or newer format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Seal of a cache file: facts about the file, which are stored at its end.

    Attributes:
        language: Name of the language.
        source: Path of the file or folder that the rows were read from.
        identity: Identity of the source when it was read (see `LanguageSource`).
        rows: Number of rows in the cache file.
        text_bytes: Size of all rows' text in bytes.
        fingerprint: Fingerprint of the corpus, a hash of its rows.
        blocks: Location of each block in the cache file.
        checksums: Checksum of each block (see `TextColumn.checksums`).
        format: Version of the cache file format.
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
    """Opened cache file.

    Attributes:
        path: Path of the cache file.
        file_identity: Identity of the cache file when it was opened.
        seal: Seal of the cache file.
        column: Rows of the cache file, for the native core.
    """

    path: Path
    file_identity: FileIdentity
    seal: Seal
    column: TextColumn


def write(path: Path, conversion: Conversion) -> None:
    """Reads a source by `conversion` and writes the cache file `path`; returns when the file is on the disk.

    Raises:
        CorpusError: The source cannot be used (see `Conversion`), or Arrow lays the file out differently.
        OSError: The file cannot be written.
    """
    blocks: list[BlockLocation] = []
    checksums: list[int] = []
    with (
        pa.OSFile(arrow_name(path), "wb") as sink,
        pa.ipc.new_file(sink, SCHEMA) as writer,
        path.open("rb") as written,
    ):
        for block in conversion:
            column = TextColumn([text_buffers(block)])
            ((checkpoints, entries),) = column.row_index()
            writer.write_batch(record_batch(block, checkpoints, entries))
            blocks.append(locate(block, len(checkpoints), sink.tell()))
            checksums += column.checksums()
            if len(blocks) % _BLOCKS_PER_DROP == 0:
                _drop_pages(written.fileno(), sink.tell())
        seal = _seal(conversion, blocks, checksums)
        nothing = pa.record_batch([pa.nulls(0, kind) for kind in SCHEMA.types], schema=SCHEMA)
        writer.write_batch(nothing, custom_metadata={_SEAL_KEY: json.dumps(asdict(seal))})
    check_layout(path, blocks)
    flush(path)


def _seal(conversion: Conversion, blocks: list[BlockLocation], checksums: list[int]) -> Seal:
    """Makes the seal of a cache file after the last block of its conversion."""
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


def _drop_pages(descriptor: int, end: int) -> None:
    """Drops the last pages before the file offset `end` from the system's page cache, except the file's first 2 GiB.

    Without it, a large conversion would displace other programs' pages from memory, by pages that no run may need soon.
    Pages that are not on the disk yet stay in the page cache, and later calls drop them.
    """
    start = max(_KEPT_BYTES, end - _DROPPED_BYTES)
    if end > start and hasattr(os, "posix_fadvise"):  # not on every system
        os.posix_fadvise(descriptor, start, end - start, os.POSIX_FADV_DONTNEED)


def read_seal(path: Path) -> Seal:
    """Reads the seal of a cache file.

    Raises:
        DamagedError: The file has no seal.
        OtherFormatError: The file has an older or newer format.
        FileNotFoundError: There is no such file.
        OSError: The system refuses to read the file now.
    """
    require_regular_file(path)
    with _as_damage(path), pa.OSFile(arrow_name(path)) as raw:
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
    """Opens a cache file and checks its structure, but not its text.

    Raises:
        DamagedError: The file is damaged, or has an older or newer format.
        FileNotFoundError: There is no such file.
        OSError: The system refuses to read the file now.
    """
    identity = FileIdentity.of(path)
    seal = read_seal(path)
    with _as_damage(path):
        column = TextColumn.of_file(path, seal.blocks)
    if len(column) != seal.rows:
        raise DamagedError(f"{path}: holds {len(column)} rows instead of {seal.rows}; run again to rebuild it")
    return CacheFile(path, identity, seal, column)


def check_text(file: CacheFile, threads: int = 1) -> None:
    """Compares the text of a cache file with the checksums in its seal, by up to `threads` threads.

    A file with more than 1 GiB of text is not checked, so that a run starts soon.

    Raises:
        DamagedError: The text differs from the text that was written.
    """
    if file.seal.text_bytes > _MAX_CHECKED_BYTES:
        return
    with _as_damage(file.path):
        checksums = tuple(file.column.checksums(threads))
    if checksums != file.seal.checksums:
        raise DamagedError(f"{file.path}: its text is not what was written; run again to rebuild it")


def _seal_fields(file: pa.RecordBatchFileReader) -> dict[str, Any]:
    """Reads the fields of a cache file's seal, unchecked; raises ValueError if there is no seal."""
    if not file.num_record_batches:
        raise ValueError("no sealed column of text")
    _, metadata = file.get_batch_with_custom_metadata(file.num_record_batches - 1)
    if metadata is None or _SEAL_KEY not in metadata:
        raise ValueError("no seal")
    fields: dict[str, Any] = json.loads(metadata[_SEAL_KEY])
    return fields


@contextmanager
def _as_damage(path: Path) -> Iterator[None]:
    """Turns the libraries' errors about a damaged cache file into a DamagedError.

    A damaged file never makes the system report an error: an error with a number, and any other failure of the
    machine, says nothing about the file, which must not be thrown away for it.

    Raises:
        DamagedError: The file is damaged.
        OSError: The file cannot be read now.
    """
    try:
        yield
    except (
        pa.ArrowException,
        MemoryError,
        OSError,
        RuntimeError,
        ValueError,
        TypeError,
        LookupError,
        OverflowError,
    ) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        if failure := machine_failure(error):
            raise failure from error
        raise DamagedError(f"{path}: damaged cache file ({reason(error)}); run again to rebuild it") from error
