"""Layout of a cache file: its columns, and the locations of each block's buffers in the file.

A cache file is an Arrow IPC file with three columns: the `text` of a row (`large_string`), the checkpoints inside the
row (`marks`), and the row's entry of the row index (`record`; see `native/src/text/row_index.rs`). Checkpoints and row
index let the core read a few characters of a row without the whole row. Each block of a conversion is one Arrow record
batch of the file.

The native core reads rows by their offsets in the file (`native/src/text/column.rs` says why the file is not mapped).
Arrow does not report these offsets, so this module computes them, and checks them after the file is written.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokstats_parallel._native import INDEX_ENTRY_BYTES
from tokstats_parallel.corpus.arrow_text import OFFSET_BYTES, text_buffers
from tokstats_parallel.corpus.text_column import TEXT
from tokstats_parallel.errors import CorpusError

ROW_BYTES = 2 * OFFSET_BYTES + INDEX_ENTRY_BYTES
"""Bytes of a row in a cache file, besides its text and checkpoints: two offsets and an entry of the row index."""

_ENTRY = pa.binary(INDEX_ENTRY_BYTES)
SCHEMA = pa.schema([(TEXT, pa.large_string()), ("marks", pa.large_binary()), ("record", _ENTRY)])

BlockLocation = tuple[int, int, int, int, int]
"""Location of a block in a cache file: the file offsets, in bytes, of the block's text offsets, its text, its
checkpoints and its row index, and the number of its rows."""


def record_batch(block: pa.Array, checkpoints: bytes, entries: bytes) -> pa.RecordBatch:
    """Makes the Arrow record batch of a block from its texts, its packed checkpoints and its packed row index."""
    rows = len(block)
    bounds = np.append(_checkpoint_offsets(entries), len(checkpoints))
    columns = [
        block,
        pa.Array.from_buffers(pa.large_binary(), rows, [None, pa.py_buffer(bounds), pa.py_buffer(checkpoints)]),
        pa.Array.from_buffers(_ENTRY, rows, [None, pa.py_buffer(entries)]),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


def locate(block: pa.Array, checkpoint_bytes: int, end: int) -> BlockLocation:
    """Computes where a block lies in a cache file from the file offset `end`, at which its record batch ends.

    A record batch ends with its buffers, each padded to 8 bytes: the text offsets, which begin with 0, the text, the
    checkpoints' offsets, the checkpoints, and the row index.
    """
    offsets_bytes = (len(block) + 1) * OFFSET_BYTES
    entries = end - len(block) * INDEX_ENTRY_BYTES
    checkpoints = entries - checkpoint_bytes
    text = checkpoints - offsets_bytes - _padded(_text_bytes(block))
    return text - offsets_bytes, text, checkpoints, entries, len(block)


def check_layout(path: Path, locations: Sequence[BlockLocation]) -> None:
    """Checks that the blocks of a written cache file are at their computed locations.

    Raises:
        CorpusError: A block is elsewhere, because this version of Arrow lays files out differently.
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        for offsets, text, checkpoints, entries, rows in locations:
            bounds = _read_offsets(file, offsets, rows)
            checkpoint_bounds = _read_offsets(file, checkpoints - (rows + 1) * OFFSET_BYTES, rows)
            file.seek(entries)
            begin = _checkpoint_offsets(file.read(rows * INDEX_ENTRY_BYTES))
            if (
                bounds[0] != 0
                or text != offsets + bounds.nbytes
                or checkpoints != text + _padded(int(bounds[-1])) + checkpoint_bounds.nbytes
                or checkpoint_bounds[-1] != entries - checkpoints
                or (checkpoint_bounds[:-1] != begin).any()
                or (np.diff(bounds) < 0).any()
            ):
                raise CorpusError(f"{path}: this pyarrow lays files out in another way; install the locked one")


def _text_bytes(block: pa.Array) -> int:
    bounds = np.frombuffer(text_buffers(block)[0], dtype=np.int64)
    return int(bounds[-1] - bounds[0])


def _checkpoint_offsets(entries: bytes) -> npt.NDArray[np.int64]:
    """Returns the offset of each row's first checkpoint, in bytes from the first checkpoint of the block."""
    return np.frombuffer(entries, "<i8").reshape(-1, INDEX_ENTRY_BYTES // 8)[:, -1] * 8


def _read_offsets(file: BinaryIO, offset: int, rows: int) -> npt.NDArray[np.int64]:
    file.seek(offset)
    return np.frombuffer(file.read((rows + 1) * OFFSET_BYTES), dtype="<i8")


def _padded(size: int) -> int:
    return size + -size % 8
