"""Files of texts that programs of the benchmark hand each other: each text a little-endian u64 length and UTF-8."""

from collections.abc import Iterable, Iterator
from pathlib import Path

_LENGTH_BYTES = 8


def write_texts(path: Path, texts: Iterable[str]) -> Path:
    """Writes texts for `read_texts` and for `native/examples/stages.rs`."""
    encoded = [text.encode() for text in texts]
    path.write_bytes(b"".join(len(text).to_bytes(_LENGTH_BYTES, "little") + text for text in encoded))
    return path


def read_texts(path: Path) -> Iterator[str]:
    """The texts that `write_texts` wrote."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        start = at + _LENGTH_BYTES
        at = start + int.from_bytes(data[at:start], "little")
        yield data[start:at].decode()
