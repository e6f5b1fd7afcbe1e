"""Buffers of Arrow string arrays, as the native core reads them."""

import pyarrow as pa

OFFSET_BYTES = 8


def text_buffers(array: pa.Array) -> tuple[pa.Buffer, pa.Buffer]:
    """Returns the buffers of a `large_string` array without a copy.

    The first buffer has the rows' byte offsets in the second, as int64, and one more, the end of the last row. The
    second buffer has the rows' text in UTF-8.
    """
    _, offsets, data = array.buffers()
    own_offsets = offsets.slice(array.offset * OFFSET_BYTES, (len(array) + 1) * OFFSET_BYTES)
    return own_offsets, data or pa.py_buffer(b"")
