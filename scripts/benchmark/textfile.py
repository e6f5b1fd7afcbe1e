"""Files of texts, which programs of the benchmark exchange: each text is a little-endian u64 length and UTF-8."""

from collections.abc import Iterable, Iterator
from pathlib import Path

_LENGTH_BYTES = 8


def write_texts(path: Path, texts: Iterable[str]) -> Path:
    """Writes texts for `read_texts` and for `native/examples/stages.rs`."""
    encoded = [text.encode() for text in texts]
    path.write_bytes(b"".join(len(text).to_bytes(_LENGTH_BYTES, "little") + text for text in encoded))
    return path


def read_texts(path: Path) -> Iterator[str]:
    """Yields the texts of a file that `write_texts` has written."""
    data, offset = path.read_bytes(), 0
    while offset < len(data):
        start = offset + _LENGTH_BYTES
        offset = start + int.from_bytes(data[offset:start], "little")
        yield data[start:offset].decode()
