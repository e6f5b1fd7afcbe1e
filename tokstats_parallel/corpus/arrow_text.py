"""Buffers of Arrow string arrays."""

import pyarrow as pa

OFFSET_BYTES = 8


def text_buffers(array: pa.Array) -> tuple[pa.Buffer, pa.Buffer]:
    """The buffers of a `large_string` array: int64 offsets, one more than rows, and UTF-8 data; nothing is copied."""
    _, offsets, data = array.buffers()
    own_offsets = offsets.slice(array.offset * OFFSET_BYTES, (len(array) + 1) * OFFSET_BYTES)
    return own_offsets, data or pa.py_buffer(b"")
