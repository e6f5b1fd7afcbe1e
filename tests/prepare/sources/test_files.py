"""Parquet and JSONL files on this machine."""

import bz2
import gzip
import json
import lzma
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.errors import ConfigError, PrepareError
from tokstats_parallel.prepare.download_retry import NEVER
from tokstats_parallel.prepare.options import FilesOptions
from tokstats_parallel.prepare.sources import json_line, jsonl, parquet, text_column
from tokstats_parallel.prepare.sources.files import open_files
from tokstats_parallel.prepare.sources.row_reader import read_chunks
from tokstats_parallel.prepare.sources.rows import Position, RowSource
from tokstats_parallel.prepare.sources.text_column import checked_rows

LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 146946961\n"
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


def test_rows_that_are_too_long_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_column, "MAX_ROW_BYTES", 3)
    batch = checked_rows(pa.array(["abc", "abcd", None, "é3", "éé"]))
    assert batch.texts.to_pylist() == ["abc", None, None, "é3", None]
    assert batch.left_out() == {"over-long": 2, "null": 1}


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_no_other_file_takes_the_place_of_a_link_that_leads_nowhere(
    tmp_path: Path, form: Literal["parquet", "jsonl"]
) -> None:
    link = tmp_path / f"q.{form}"
    link.symlink_to("/mnt/gone")
    (tmp_path / "q").mkdir()
    (tmp_path / "q" / f"a.{form}").write_bytes(b"")
    with pytest.raises(PrepareError, match=rf"^{link}: a link that leads nowhere \(to /mnt/gone\); mend the link, or"):
        open_files(FilesOptions(form=form, path=tmp_path), ["q"])


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
        ({"text": 5}, r"'text' is not a string \(found a number\)"),
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


def zstd(content: bytes) -> bytes:
    compressed: bytes = pa.compress(content, codec="zstd", asbytes=True)
    return compressed


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress, "zstd": zstd, "bzip2": bz2.compress, "xz": lzma.compress
}  # fmt: skip


def jsonl_of(path: Path, content: bytes) -> RowSource:
    path.write_bytes(content)
    return open_files(FilesOptions(form="jsonl", path=path), ["go"])["go"]


@pytest.mark.parametrize("codec", COMPRESS)
def test_jsonl_that_is_compressed_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codec: str) -> None:
    monkeypatch.setattr(jsonl, "BLOCK_BYTES", 20)
    monkeypatch.setattr(jsonl, "CHUNK_BYTES", 30)
    compress = COMPRESS[codec]
    rows = "".join(json.dumps({"text": f"row {row}"}) + "\n\n" for row in range(500)).encode()
    # Two compressed files one after the other are one file, as `cat` and parallel compressors write it.
    source = jsonl_of(tmp_path / "x.jsonl", compress(rows[:900]) + compress(rows[900:]))
    assert source.blocks(source.files[0]) == 1
    assert texts_of(source) == [f"row {row}" for row in range(500)]
    assert texts_of(jsonl_of(tmp_path / "none.jsonl", compress(b""))) == []
    with pytest.raises(PrepareError, match=r"x\.jsonl: line 1001: 'text' is not a string \(found a number\)"):
        texts_of(jsonl_of(tmp_path / "x.jsonl", compress(rows + b'{"text": 1}\n')))


@pytest.mark.parametrize("codec", COMPRESS)
def test_compressed_jsonl_that_is_damaged_is_named(tmp_path: Path, codec: str) -> None:
    chance = random.Random(codec)  # noqa: S311 - repeatable
    rows = b"".join(b'{"text": "%s"}\n' % chance.randbytes(20).hex().encode() for _ in range(1000))
    content = COMPRESS[codec](rows)
    with pytest.raises(
        PrepareError, match=rf"x\.jsonl: compressed with {codec}, and damaged or cut off .*get it again"
    ):
        texts_of(jsonl_of(tmp_path / "x.jsonl", content[:-30]))
    if codec == "zstd":  # has no checksum unless it is asked for
        return
    changed = bytearray(content)
    changed[len(content) // 2] ^= 0xFF
    with pytest.raises(PrepareError, match=r"x\.jsonl: (compressed with|line \d+ )"):
        texts_of(jsonl_of(tmp_path / "x.jsonl", bytes(changed)))


@pytest.mark.parametrize(("window", "is_read"), [(27, True), (31, False)])
def test_zstd_with_a_large_window(tmp_path: Path, window: int, is_read: bool) -> None:
    row = b'{"text": "a"}\n'
    frame = b"\x28\xb5\x2f\xfd" + bytes([0, (window - 10) << 3]) + (len(row) << 3 | 1).to_bytes(3, "little") + row
    source = jsonl_of(tmp_path / "x.jsonl.zst", frame)
    if is_read:
        assert texts_of(source) == ["a"]
        return
    with pytest.raises(
        PrepareError, match=r"zst: compressed with zstd with --long; decompress it first \(zstd -d --long=31"
    ):
        texts_of(source)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'[{"text": "a"},\n{"text": "b"}]', "is a JSON array, not JSON lines; .*jq -c"),
        (b'\n [{"text": "a"}]\n', "is a JSON array"),
        (b'{\n "text": "a"\n}\n', "is JSON on several lines, not JSON lines; .*jq -c"),
        ('{"text": "a"}\n'.encode("utf-16"), "is text in UTF-16, not JSON lines; convert it with `iconv"),
        ('{"text": "a"}\n'.encode("utf-16-le"), "is text in UTF-16"),
        (gzip.compress('{"text": "a"}\n'.encode("utf-16"), mtime=0), "is text in UTF-16"),
        (b"PAR1 and so on", "is a Parquet file, not JSON lines; give it with --from-parquet"),
        (LFS_POINTER, "is a Git LFS pointer, not JSON lines; .*git lfs pull"),
        (b"PK\x03\x04 and so on", "is a zip archive"),
        (b'{"text": "a", "more": ' + b"[" * 10**5 + b"]" * 10**5 + b"}", "line 1 is nested too deeply"),
        (b'{"text": "a"}\n{"text": "b", "id": ' + b"9" * 6000 + b"}", "line 2 has a number with thousands of digits"),
        (b'{"text": "a", "text": "b"}', "line 1 has the key 'text' twice"),
        (b'{"text": NaN}', r"line 1: 'text' is not a string \(found a number\)"),
        (b'{"text": "a\0b"}', r"line 1 is not JSON \(Invalid control character"),
        (
            b'{"code": "a", "' + b'": 1, "'.join(b"%d" % n for n in range(50)) + b'": 1}',
            r"found: code, 0, .* 8, \.\.\.\)",
        ),
    ],
)
def test_jsonl_that_is_something_else_is_named(tmp_path: Path, content: bytes, line: str) -> None:
    with pytest.raises(PrepareError, match=rf"x\.jsonl: .*{line}") as caught:
        texts_of(jsonl_of(tmp_path / "x.jsonl", content))
    assert "\n" not in str(caught.value)


def test_jsonl_with_odd_values_that_are_valid(tmp_path: Path) -> None:
    lines = [
        b'\xef\xbb\xbf{"text": "after a byte order mark"}',
        b"\xef\xbb\xbf",
        b'{"text": "outer", "meta": {"text": "inner"}, "score": NaN}',
        b'{"text": "says \\"text\\": twice", "n": 1e999}',
        b'{"text": "a\\u0000b"}',
    ]
    texts = ["after a byte order mark", "outer", 'says "text": twice', "a\0b"]
    assert texts_of(jsonl_of(tmp_path / "x.jsonl", b"\n".join(lines))) == texts


def test_jsonl_with_an_endless_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "MAX_LINE_BYTES", 100)
    monkeypatch.setattr(json_line, "MAX_LINE_BYTES", 100)
    with pytest.raises(PrepareError, match=r"line 2 has more than 100 bytes"):
        texts_of(jsonl_of(tmp_path / "x.jsonl", b'{"text": "a"}\n{"text": "' + b"x" * 1000))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (LFS_POINTER, "is a Git LFS pointer, not Parquet; .*git lfs pull"),
        (b"PARE" + b"\0" * 40 + b"\x28\0\0\0PARE", "is an encrypted Parquet file, not Parquet; decrypt"),
        (gzip.compress(b"PAR1", mtime=0), "is compressed with gzip, not Parquet; decompress it first"),
        (b"<!DOCTYPE html><html>", "is an HTML page, not Parquet"),
        (b'{"text": "a"}\n', "is not a Parquet file; .*--from-jsonl"),
        (b"", "is empty"),
    ],
)
def test_parquet_that_is_something_else_is_named(tmp_path: Path, content: bytes, line: str) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(PrepareError, match=rf"x\.parquet: {line}"):
        texts_of(open_files(FilesOptions(form="parquet", path=path), ["go"])["go"])


def test_parquet_with_two_columns_of_one_name(tmp_path: Path) -> None:
    column = pa.array(["a", "b"])
    path = tmp_path / "x.parquet"
    pq.write_table(pa.Table.from_arrays([column, column, column], names=["text", "text", "other"]), path)
    with pytest.raises(PrepareError, match=r"x\.parquet: has several columns 'text'; name another with --column"):
        texts_of(open_files(FilesOptions(form="parquet", path=path), ["go"])["go"])
    other = FilesOptions(form="parquet", path=path, column="other")
    assert texts_of(open_files(other, ["go"])["go"]) == ["a", "b"]


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary_view()], ids=str)
def test_parquet_with_strings_in_a_column_of_bytes(tmp_path: Path, kind: pa.DataType) -> None:
    path = tmp_path / "x.parquet"
    values = ["naïve".encode(), b"\xff", None, b""]
    pq.write_table(pa.table({"text": pa.array(values, pa.binary()).cast(kind)}), path, row_group_size=2)
    notes: list[str] = []
    source = open_files(FilesOptions(form="parquet", path=path), ["go"], note=notes.append)["go"]
    assert texts_of(source) == ["naïve", None, None, ""]
    assert notes == [f"{path}: column 'text' holds bytes, not strings; they are read as UTF-8"]


def test_parquet_with_a_column_of_nulls(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"text": pa.nulls(2)}), path)
    assert texts_of(open_files(FilesOptions(form="parquet", path=path), ["go"])["go"]) == [None, None]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_source_that_is_not_there(tmp_path: Path, form: Literal["jsonl", "parquet"]) -> None:
    with pytest.raises(PrepareError, match=f"none: no such file or folder; check --from-{form}"):
        open_files(FilesOptions(form=form, path=tmp_path / "none"), ["go"])


def write_shards(folder: Path, names: str) -> None:
    for name in names.split():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = json.dumps({"text": name}).encode()
        compress = PACKED_ENDS.get(path.suffix, bytes)
        path.write_bytes(compress(content))


PACKED_ENDS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd
}  # fmt: skip


def open_noting(path: Path, form: Literal["parquet", "jsonl"] = "jsonl") -> tuple[RowSource, list[str]]:
    notes: list[str] = []
    return open_files(FilesOptions(form=form, path=path), ["go"], note=notes.append)["go"], notes


def test_all_shards_of_a_folder_are_read_compressed_or_not(tmp_path: Path) -> None:
    names = "a.jsonl b.jsonl.gz c.ndjson.xz d/e.jsonl.bz2 d/f.jsonl.zst"
    write_shards(tmp_path / "go", names)
    source, notes = open_noting(tmp_path)
    assert (texts_of(source), notes, source.left_out) == (names.split(), [], {})


def test_shards_that_are_not_read_are_counted_and_named(tmp_path: Path) -> None:
    write_shards(tmp_path / "go", "train-0.jsonl train-1.jsonl.gz test-0.jsonl _x.jsonl notes.txt README.md")
    source, notes = open_noting(tmp_path)
    assert texts_of(source) == ["train-0.jsonl", "train-1.jsonl.gz"]
    assert notes == [
        "go: left out: 3 files (_x.jsonl: hidden; notes.txt: another kind of file; test-0.jsonl: of split 'test')"
    ]
    assert source.left_out == {"passed-over file": 3}


def test_parquet_shards_that_are_not_read_are_counted_and_named(tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    for name in ("a.parquet", "b.pq", "c.parquet.gz"):
        pq.write_table(pa.table({"text": [name]}), tmp_path / "go" / name)
    source, notes = open_noting(tmp_path, "parquet")
    assert texts_of(source) == ["a.parquet", "b.pq"]
    assert notes == ["go: left out: 1 file (c.parquet.gz: compressed; unpack it)"]


def test_the_first_of_several_places_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    write_shards(tmp_path, "go.jsonl.gz go.ndjson go/0.jsonl go/1.jsonl")
    source, notes = open_noting(tmp_path)
    assert texts_of(source) == ["go.ndjson"]
    assert notes == ["go: left out: go.jsonl.gz, go; go.ndjson comes first"]
    assert source.left_out == {"passed-over file": 3}


def test_a_folder_with_the_name_of_a_file(tmp_path: Path) -> None:
    write_shards(tmp_path / "go.jsonl", "0.jsonl 1.jsonl")
    assert texts_of(open_noting(tmp_path)[0]) == ["0.jsonl", "1.jsonl"]


@pytest.mark.parametrize(("asked", "near"), [("Go", "go"), ("gooo", "go"), ("pyton", "python")])
def test_a_language_that_is_spelled_otherwise(tmp_path: Path, asked: str, near: str) -> None:
    write_shards(tmp_path, "go.jsonl.gz python/0.jsonl")
    with pytest.raises(
        PrepareError, match=rf"has neither {asked}\.jsonl nor a folder {asked}.*; did you mean {near}\?"
    ):
        open_files(FilesOptions(form="jsonl", path=tmp_path), [asked])


def test_a_folder_whose_files_are_all_of_another_kind(tmp_path: Path) -> None:
    write_shards(tmp_path / "go", "c4.0.json c4.1.json")
    line = r"has neither go\.jsonl .* \(left out: 2 files \(c4\.0\.json, c4\.1\.json: another kind of file\)\)"
    with pytest.raises(PrepareError, match=line):
        open_noting(tmp_path)


@pytest.mark.parametrize("place", ["go.jsonl", "go/0.jsonl", ""])
def test_a_pipe_in_the_place_of_a_file(tmp_path: Path, place: str) -> None:
    pipe = tmp_path / place if place else tmp_path / "pipe"
    pipe.parent.mkdir(exist_ok=True)
    os.mkfifo(pipe)
    with pytest.raises(PrepareError, match=rf"{pipe.name}: is a pipe, not a file; write its content to a file first"):
        open_noting(tmp_path if place else pipe)


def test_a_position_in_a_file_that_the_source_has_no_more(tmp_path: Path) -> None:
    write_shards(tmp_path / "go", "a.jsonl")
    source, _ = open_noting(tmp_path)
    with pytest.raises(PrepareError, match=r"b\.jsonl: .*begin with --restart"):
        next(read_chunks(source, Position("b.jsonl", 0, 0), retry=NEVER))
