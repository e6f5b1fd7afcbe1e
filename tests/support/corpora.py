"""Writers of small corpora, in every format that the data of a language may have."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.parquet import encryption

from tokstats_parallel.corpus.corpus import Corpus

ROWS = (
    "",
    "def f():\n\treturn 1",
    "  \u3000 ",
    "naïve café",
    "日本語のテキスト",
    "👩‍👩‍👧 \x00",
    "x" * 5000,
) * 9

Rows = Sequence[str | None]


def text_table(rows: Rows, kind: pa.DataType | None = None) -> pa.Table:
    column = pa.array(rows, pa.string())
    return pa.table({"id": range(len(rows)), "text": column.cast(kind) if kind else column})


def write_parquet(path: Path, rows: Rows = ROWS, kind: pa.DataType | None = None, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(text_table(rows, kind), path, **options)
    return path


def write_encrypted(path: Path, table: pa.Table, *, plaintext_footer: bool) -> None:
    """Writes an encrypted Parquet file with an encrypted or a plain footer; its keys are lost."""

    class NoService(encryption.KmsClient):  # type: ignore[misc] # Arrow has no types
        def __init__(self, _: encryption.KmsConnectionConfig) -> None:
            super().__init__()

        def wrap_key(self, key: bytes, _: str) -> bytes:
            return key.hex().encode()

    keys = encryption.EncryptionConfiguration("footer", column_keys={"c": ["text"]}, plaintext_footer=plaintext_footer)
    factory = encryption.CryptoFactory(NoService)
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), keys)
    pq.write_table(table, path, encryption_properties=properties)


def write_several(path: Path, rows: Rows = ROWS, files: int = 3) -> Path:
    size = -(-len(rows) // files)
    for number in range(files):
        write_parquet(path / f"part-{number}.parquet", rows[number * size : (number + 1) * size])
    (path / "_SUCCESS").touch()
    return path


def write_stream(path: Path, table: pa.Table, batch_rows: int = 4) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=batch_rows)


def write_file(path: Path, table: pa.Table, batch_rows: int = 4) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=batch_rows)


def write_saved(
    folder: Path, table: pa.Table, *, shards: int = 2, write: Callable[[Path, pa.Table], None] = write_stream
) -> Path:
    """Writes a table to `folder` as `datasets.Dataset.save_to_disk` does; returns the folder."""
    folder.mkdir(parents=True)
    size = -(-len(table) // shards)
    names = [f"data-{number:05}-of-{shards:05}.arrow" for number in range(shards)]
    for number, name in enumerate(names):
        write(folder / name, table.slice(number * size, size))
    write_state(folder, {"_data_files": [{"filename": name} for name in names], "_split": None})
    return folder


def write_state(folder: Path, state: dict[str, Any]) -> None:
    (folder / "state.json").write_text(json.dumps(state), encoding="utf-8")


def write_saved_splits(folder: Path, splits: dict[str, pa.Table]) -> Path:
    """Writes a table for each split to `folder` as `datasets.DatasetDict.save_to_disk` does; returns the folder."""
    for name, table in splits.items():
        write_saved(folder / name, table)
    listing = json.dumps({"splits": list(splits)})
    (folder / "dataset_dict.json").write_text(listing, encoding="utf-8")
    return folder


def rows_of(corpus: Corpus) -> list[str]:
    return [corpus[row] for row in range(len(corpus))]


def invalid_strings(values: Sequence[bytes], kind: pa.DataType | None = None) -> pa.Array:
    """Returns an array of strings with any bytes, since Arrow does not check the bytes of buffers."""
    column = pa.array(values, pa.binary())
    strings = pa.Array.from_buffers(pa.string(), len(column), column.buffers())
    return strings.cast(kind) if kind else strings
