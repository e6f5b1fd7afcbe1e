"""The layout of a cache file: its columns, and where each block has its buffers.

A cache file is an Arrow IPC file. Its columns are a row's `text` (`large_string`) and, so that a text of a few
characters does not cost the reading of whole rows, the checkpoints inside the row (`marks`) and its entry of the row
index (`record`; see `native/src/text/row_index.rs`). Its record batches are the blocks of a conversion.

The native core reads rows at their offsets in the file (see `native/src/text/column.rs` for why the file is not
mapped). Arrow does not tell these offsets, so they are computed here and checked after the file is written.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tokstats_parallel._native import INDEX_ENTRY_BYTES
from tokstats_parallel.corpus.arrow_text import OFFSET_BYTES, text_buffers
from tokstats_parallel.corpus.readers import TEXT
from tokstats_parallel.errors import CorpusError

ROW_BYTES = 2 * OFFSET_BYTES + INDEX_ENTRY_BYTES
"""Bytes of a row in addition to its text and checkpoints: two offsets, and its entry of the row index."""

_ENTRY = pa.binary(INDEX_ENTRY_BYTES)
SCHEMA = pa.schema([(TEXT, pa.large_string()), ("marks", pa.large_binary()), ("record", _ENTRY)])

BlockLocation = tuple[int, int, int, int, int]
"""The file offsets of a block's text offsets, text, checkpoints and row index, and its number of rows."""


def record_batch(block: pa.Array, checkpoints: bytes, entries: bytes) -> pa.RecordBatch:
    """A block with its checkpoints and its row index, as a record batch of the file."""
    rows = len(block)
    bounds = np.append(_checkpoint_offsets(entries), len(checkpoints))
    columns = [
        block,
        pa.Array.from_buffers(pa.large_binary(), rows, [None, pa.py_buffer(bounds), pa.py_buffer(checkpoints)]),
        pa.Array.from_buffers(_ENTRY, rows, [None, pa.py_buffer(entries)]),
    ]
    return pa.record_batch(columns, schema=SCHEMA)


def locate(block: pa.Array, checkpoint_bytes: int, end: int) -> BlockLocation:
    """The location of a block whose record batch ends at the file offset `end`.

    The buffers come last in a record batch: text offsets from 0, the text, offsets of the checkpoints, the checkpoints
    and the row index, each padded to 8 bytes.
    """
    offsets_bytes = (len(block) + 1) * OFFSET_BYTES
    entries = end - len(block) * INDEX_ENTRY_BYTES
    checkpoints = entries - checkpoint_bytes
    text = checkpoints - offsets_bytes - _padded(_text_bytes(block))
    return text - offsets_bytes, text, checkpoints, entries, len(block)


def check_layout(path: Path, locations: Sequence[BlockLocation]) -> None:
    """Checks that the blocks of a written file are at these locations.

    Raises:
        CorpusError: They are not: this version of Arrow lays files out differently.
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
    """The offset in bytes of each row's first checkpoint, from the block's first."""
    return np.frombuffer(entries, "<i8").reshape(-1, INDEX_ENTRY_BYTES // 8)[:, -1] * 8


def _read_offsets(file: BinaryIO, offset: int, rows: int) -> npt.NDArray[np.int64]:
    file.seek(offset)
    return np.frombuffer(file.read((rows + 1) * OFFSET_BYTES), dtype="<i8")


def _padded(size: int) -> int:
    return size + -size % 8
