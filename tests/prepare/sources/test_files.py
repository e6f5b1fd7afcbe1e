"""Parquet and JSONL files on this machine."""

import gzip
import json
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.errors import ConfigError, PrepareError
from tokstats_parallel.prepare.options import FilesOptions
from tokstats_parallel.prepare.sources import jsonl, parquet
from tokstats_parallel.prepare.sources.files import open_files
from tokstats_parallel.prepare.sources.parquet import checked_rows
from tokstats_parallel.prepare.sources.rows import RowSource

TEXTS = ["def f(): ...", "", None, "naïve 日本語 👩‍👩‍👧", "\r\n"] * 50
KINDS = [
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.dictionary(pa.int32(), pa.string()),
    pa.dictionary(pa.int8(), pa.large_string()),
]


def texts_of(source: RowSource) -> list[str | None]:
    return [
        text
        for file in source.files
        for block in range(source.blocks(file))
        for batch in source.read(file, block)
        for text in batch.texts.to_pylist()
    ]


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_parquet_with_strings_of_any_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: pa.DataType) -> None:
    monkeypatch.setattr(parquet, "CHUNK_ROWS", 7)
    table = pa.table({"n": range(len(TEXTS)), "text": pa.array(TEXTS).cast(kind)})
    pq.write_table(table, tmp_path / "go.parquet", row_group_size=60)
    source = open_files(FilesOptions(form="parquet", path=tmp_path), ["go"])["go"]
    assert texts_of(source) == TEXTS
    assert source.blocks(source.files[0]) == 5


def test_a_folder_of_parquet_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "go" / "b").mkdir(parents=True)
    for name in ("b/0", "a", "c"):
        pq.write_table(pa.table({"content": [name], "text": ["not this one"]}), tmp_path / "go" / f"{name}.parquet")
    source = open_files(FilesOptions(form="parquet", path=tmp_path), ["go"])["go"]
    assert texts_of(source) == ["a", "b/0", "c"]


def test_rows_that_are_not_utf8_are_left_out() -> None:
    raw = pa.array([b"good", b"\xff\xfe", None, b"also good"], pa.large_binary())
    broken = pa.LargeStringArray.from_buffers(4, raw.buffers()[1], raw.buffers()[2], raw.buffers()[0])
    batch = checked_rows(broken)
    assert batch.kept().to_pylist() == ["good", "also good"]
    assert batch.left_out() == {"not UTF-8": 1, "null": 1}


def test_no_file_and_too_many_languages(tmp_path: Path) -> None:
    with pytest.raises(PrepareError, match=r"has neither go\.jsonl nor a folder go"):
        open_files(FilesOptions(form="jsonl", path=tmp_path), ["go"])
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": ["x"]}), path)
    with pytest.raises(ConfigError, match="one file serves one language"):
        open_files(FilesOptions(form="parquet", path=path), ["go", "c"])
    assert texts_of(open_files(FilesOptions(form="parquet", path=path), ["go"])["go"]) == ["x"]


def write_jsonl(path: Path, *rows: object) -> FilesOptions:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return FilesOptions(form="jsonl", path=path)


@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), max_size=30),
    block=st.integers(1, 200),
    ascii_only=st.booleans(),
)
def test_jsonl_blocks_hold_every_line_once(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], block: int, ascii_only: bool
) -> None:
    path = tmp_path_factory.mktemp("jsonl") / "go.jsonl"
    lines = [json.dumps({"id": 1, "text": text}, ensure_ascii=ascii_only) for text in texts]
    path.write_bytes("\n\r\n".join(lines).encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonl, "BLOCK_BYTES", block)
        patch.setattr(jsonl, "CHUNK_BYTES", 50)
        source = open_files(FilesOptions(form="jsonl", path=path), ["go"])["go"]
        assert texts_of(source) == texts


def test_jsonl_rows_that_are_left_out(tmp_path: Path) -> None:
    options = write_jsonl(tmp_path / "x.jsonl", {"text": None}, {"text": "\ud800"}, {"text": "kept"})
    source = open_files(options, ["go"])["go"]
    (batch,) = source.read(source.files[0], 0)
    assert batch.kept().to_pylist() == ["kept"]
    assert batch.left_out() == {"null": 1, "not UTF-8": 1}


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"code": "x", "n": 1}, r"x\.jsonl: line 2: no 'content' or 'text'; .*--column \(found: code, n\)"),
        ({"text": 5}, r"'text' is not a string \(found int\)"),
        (["text"], "is not an object"),
    ],
)
def test_jsonl_rows_that_are_errors(tmp_path: Path, row: object, line: str) -> None:
    options = write_jsonl(tmp_path / "x.jsonl", {"text": "ok"}, row)
    with pytest.raises(PrepareError, match=line):
        texts_of(open_files(options, ["go"])["go"])


def test_jsonl_that_is_no_json(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "ok"}\n{"text": "cut o')
    with pytest.raises(PrepareError, match=r"x\.jsonl: line 2 is not JSON \(Unterminated string .*, column 10\)"):
        texts_of(open_files(FilesOptions(form="jsonl", path=path), ["go"])["go"])


@pytest.mark.parametrize(("block", "batch"), [(5, 2), (1 << 20, 1 << 20)])
def test_jsonl_lines_have_their_number_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, batch: int
) -> None:
    monkeypatch.setattr(jsonl, "BLOCK_BYTES", block)
    monkeypatch.setattr(jsonl, "CHUNK_BYTES", batch)
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "ok"}\n\n\r\n{"text": 1\n{"text": "ok"}\n')
    with pytest.raises(PrepareError, match=r"line 4 is not JSON \(Expecting ',' delimiter, column 11\); mend"):
        texts_of(open_files(FilesOptions(form="jsonl", path=path), ["go"])["go"])


def test_jsonl_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"text": "caf\xe9"}\n')
    with pytest.raises(PrepareError, match=r"line 1 is not JSON \(.*, byte 13\)"):
        texts_of(open_files(FilesOptions(form="jsonl", path=path), ["go"])["go"])


def test_jsonl_that_is_compressed(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(gzip.compress(b'{"text": "ok"}\n'))
    with pytest.raises(PrepareError, match=r"x\.jsonl: is compressed with gzip; decompress it first"):
        open_files(FilesOptions(form="jsonl", path=path), ["go"])


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_source_that_is_not_there(tmp_path: Path, form: Literal["jsonl", "parquet"]) -> None:
    with pytest.raises(PrepareError, match=f"none: no such file or folder; check --from-{form}"):
        open_files(FilesOptions(form=form, path=tmp_path / "none"), ["go"])
