"""Kinds of files, told by their first bytes, because the name of a file may be wrong.

A message can so say what a file is, and what to do with it, where a library would only say what it is not.
"""

import re
from dataclasses import dataclass
from pathlib import Path

HEAD_BYTES = 512
ARROW = "an Arrow file"
PARQUET = "a Parquet file"

_UTF16 = "convert it with `iconv -f UTF-16 -t UTF-8`"
_UNPACK = "unpack it first"


@dataclass(frozen=True, slots=True)
class FileKind:
    """Kind of a file.

    Attributes:
        name: Name of the kind with its article, such as "a zip archive".
        remedy: Advice for a file of this kind that is in the place of another one.
    """

    name: str
    remedy: str


# Beginning of a file, as a regular expression -> its kind. The first one that fits counts.
_KINDS = {
    rb"version https://git-lfs\.github\.com/spec/": FileKind(
        "a Git LFS pointer", "fetch the file that it stands for with `git lfs pull`"
    ),
    rb"/annex/objects/": FileKind("a pointer of git-annex", "fetch the file that it stands for with `git annex get`"),
    rb"PAR1": FileKind(PARQUET, "give it where Parquet is read"),
    rb"PARE": FileKind("an encrypted Parquet file", "decrypt it first"),
    rb"\x1f\x8b": FileKind("compressed with gzip", "decompress it first (gzip -d)"),
    rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18": FileKind("compressed with zstd", "decompress it first (zstd -d)"),
    rb"BZh[1-9]": FileKind("compressed with bzip2", "decompress it first (bzip2 -d)"),
    rb"\xfd7zXZ\0": FileKind("compressed with xz", "decompress it first (xz -d)"),
    rb"\x04\x22\x4d\x18": FileKind("compressed with lz4", "decompress it first (lz4 -d)"),
    rb"\xff\x06\0\0sNaPpY": FileKind("compressed with snappy", "decompress it first"),
    rb"PK\x03\x04": FileKind("a zip archive", _UNPACK),
    rb"7z\xbc\xaf\x27\x1c": FileKind("a 7-Zip archive", _UNPACK),
    rb"Rar!\x1a\x07": FileKind("a RAR archive", _UNPACK),
    rb"(?s).{257}ustar": FileKind("a tar archive", _UNPACK),
    rb"ARROW1\0\0|\xff\xff\xff\xff": FileKind(ARROW, "write its rows anew"),
    rb"SQLite format 3\0": FileKind("an SQLite database", "export its rows first"),
    rb"%PDF-": FileKind("a PDF document", "give the text itself"),
    rb"\s*<\?xml\b": FileKind("an XML document", "get the file itself, this may be a page with an error"),
    rb"\s*<(?i:!doctype|html)\b": FileKind("an HTML page", "get the file itself, this may be a page with an error"),
    rb"\xff\xfe\0\0|\0\0\xfe\xff": FileKind("text in UTF-32", "convert it with `iconv -f UTF-32 -t UTF-8`"),
    rb"\xff\xfe|\xfe\xff|[\x20-\x7e\r\n]\0|\0[\x20-\x7e\r\n]": FileKind("text in UTF-16", _UTF16),
}
_PATTERNS = [(re.compile(pattern), kind) for pattern, kind in _KINDS.items()]


def kind_of(head: bytes) -> FileKind | None:
    """Returns the kind of a file whose first bytes are `head`; None if the bytes show none of the known kinds."""
    return next((kind for pattern, kind in _PATTERNS if pattern.match(head)), None)


def head_of(path: Path) -> bytes:
    """Returns the first `HEAD_BYTES` bytes of the file `path`, or all its bytes if it has fewer."""
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)
