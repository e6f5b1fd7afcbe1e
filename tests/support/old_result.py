"""Files of an earlier result, with the least content that a run recognizes and so replaces."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from tokstats_parallel import _native
from tokstats_parallel.results.parquet import table_writer

_BYTES = sorted(_native.fixed_pieces()[:256])


def _json() -> bytes:
    return json.dumps(dict.fromkeys(_BYTES, 1), indent=2, ensure_ascii=False).encode()


def _parquet() -> bytes:
    encoded = [token.encode() for token in _BYTES]
    offsets = np.cumsum([0, *map(len, encoded)], dtype="<i8").tobytes()
    counts = np.ones(len(encoded), dtype="<u8").tobytes()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.parquet"
        with table_writer(path, ["python"]) as write:
            write((offsets, b"".join(encoded), counts, [counts]))
        return path.read_bytes()


def _manifest() -> bytes:
    keys = ("format", "config_digest", "seed", "sampling_version", "batches", "unique_tokens", "occurrences")
    return json.dumps(dict.fromkeys(keys, 1)).encode()


OLD = {"out.json": _json(), "out.parquet": _parquet(), "out.manifest.json": _manifest()}
"""Name of each file, for a result named `out.json`, -> its content."""


def write_old(output: Path) -> None:
    """Writes the files of an earlier result whose JSON is `output`."""
    for name, content in OLD.items():
        output.with_name(name.replace("out", output.stem, 1)).write_bytes(content)
