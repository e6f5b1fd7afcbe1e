"""Own files: knows the files of earlier results by their content, because only these may be replaced.

Each check reads the beginning of a file or its metadata, so a file of any size takes milliseconds. The checks know the
results of every version of this program; a change of the files' form must keep them so.
"""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from tokstats_parallel import _native
from tokstats_parallel.errors import machine_failure
from tokstats_parallel.system.file_names import arrow_name

if TYPE_CHECKING:
    import pyarrow as pa

_HEAD_BYTES = 1 << 16
_MANIFEST_BYTES = 1 << 24
_MANIFEST_KEYS = {"format", "config_digest", "seed", "sampling_version", "batches", "unique_tokens", "occurrences"}
_ENTRY = re.compile(rb'  ("(?:[^"\\]|\\.)*"): ([1-9][0-9]{0,19}),?')
_PAGE_HEAD_BYTES = 1 << 13
PAGE_GENERATOR = "tokstats-parallel"
"""First word about the generator in the head of a page; `templates/page.html` of the room `report` writes it."""
_BYTES = 256
_DESCRIBING = [
    ("text", "large_string"),
    ("bytes", "large_binary"),
    ("kind", "dictionary<values=string, indices=int8, ordered=0>"),
    ("fixed", "bool"),
]


def is_own_json(path: Path) -> bool:
    """Tells by the first lines of a file whether it is the JSON of a result.

    Its lines are `"token": count`, by falling count, then by code points. It begins with what every vocabulary holds,
    the 256 mapped bytes among it, which all have the highest count. Hardly another program counts these.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    first, *lines = head.split(b"\n")
    is_whole = len(head) < _HEAD_BYTES
    if not is_whole:
        lines = lines[:-1]  # the last one may be cut
    elif lines[-1:] == [b"}"]:
        lines.pop()
    entries = [_ENTRY.fullmatch(line) for line in lines]
    if first != b"{" or not entries or not all(entries):
        return False
    try:
        pairs = [(-int(entry[2]), json.loads(entry[1])) for entry in entries if entry]
    except ValueError:  # such as bytes that are not UTF-8
        return False
    always = [token for count, token in pairs if count == pairs[0][0]]
    is_last_known = is_whole or len(always) < len(pairs)
    mapped_bytes = _native.fixed_pieces()[:_BYTES]
    expected = {byte for byte in mapped_bytes if is_last_known or byte <= always[-1]}
    return bool(expected) and expected <= set(always) and all(a < b for a, b in pairwise(pairs))


def is_own_parquet(path: Path) -> bool:
    """Tells by its metadata whether a file is the Parquet of a result.

    A table that somebody has made of a result has its columns, but the encodings of the program that wrote it.

    Raises:
        OSError: The file cannot be read.
    """
    import pyarrow as pa  # noqa: PLC0415 - loading takes a third of a second, and most outputs do not exist yet
    import pyarrow.parquet as pq  # noqa: PLC0415 - as above

    try:
        with pa.OSFile(arrow_name(path)) as file:
            metadata = pq.read_metadata(file)
        schema = metadata.schema.to_arrow_schema()
    except pa.ArrowException as error:
        if failure := machine_failure(error):  # such as too little memory
            raise failure from error
        return False
    except OSError as error:
        if error.errno is None:  # Arrow's, about the bytes of the file
            return False
        raise
    if not has_result_columns(schema):
        return False
    tokens = metadata.row_group(0).column(0) if metadata.num_row_groups else None
    return tokens is not None and tokens.compression == "ZSTD" and "DELTA_BYTE_ARRAY" in tokens.encodings


def has_result_columns(schema: "pa.Schema") -> bool:
    """Tells whether a table has the columns and types of a result: of this version, or of one without descriptions."""
    first, *rest = [(field.name, str(field.type)) for field in schema] or [("", "")]
    if rest[: len(_DESCRIBING)] == _DESCRIBING:
        rest = rest[len(_DESCRIBING) :]
    if first != ("token", "large_string") or rest[:1] != [("count", "uint64")] or not rest[1:]:
        return False
    return all(name.startswith("count_") and kind == "uint64" for name, kind in rest[1:])


def is_own_manifest(path: Path) -> bool:
    """Tells by its keys whether a file is the manifest of a result.

    Raises:
        OSError: The file cannot be read.
    """
    if path.stat().st_size > _MANIFEST_BYTES:
        return False
    try:
        manifest = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        return False
    return isinstance(manifest, dict) and manifest.keys() >= _MANIFEST_KEYS


def is_own_page(path: Path) -> bool:
    """Tells by the head of a file whether it is the page of a report.

    Raises:
        OSError: The file cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_PAGE_HEAD_BYTES)
    return head.startswith(b"<!DOCTYPE html>") and f'<meta name="generator" content="{PAGE_GENERATOR} '.encode() in head
