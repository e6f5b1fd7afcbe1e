"""Corpora: the same rows from every kind of source, and one line for every bad source."""

import hashlib
import itertools
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.corpora import (
    ROWS,
    invalid_strings,
    rows_of,
    text_table,
    write_encrypted,
    write_file,
    write_parquet,
    write_saved,
    write_saved_splits,
    write_several,
    write_state,
    write_stream,
)

from tokstats_parallel.corpus import conversion, language_files, readers
from tokstats_parallel.corpus.conversion import Fingerprint, blocks
from tokstats_parallel.corpus.corpus import Corpus, open_corpus, open_handle
from tokstats_parallel.corpus.file_identity import FileIdentity, digest_identities
from tokstats_parallel.corpus.language_files import find_source, open_source
from tokstats_parallel.errors import CorpusError

DICTIONARY = pa.dictionary(pa.int32(), pa.string())


def moved(folder: Path) -> list[Path]:
    """Moves the data files of a saved dataset to another folder, and returns their paths."""
    other = folder.parent / "elsewhere"
    other.mkdir()
    return [file.rename(other / file.name) for file in folder.glob("*.arrow")]


SOURCES: dict[str, Callable[[Path], object]] = {
    "one row group": lambda d: write_parquet(d / "go.parquet"),
    "row groups of one": lambda d: write_parquet(d / "go.parquet", row_group_size=1),
    "zstd": lambda d: write_parquet(d / "go.parquet", compression="zstd", row_group_size=7),
    "gzip": lambda d: write_parquet(d / "go.parquet", compression="gzip"),
    "no compression, no dictionary": lambda d: write_parquet(
        d / "go.parquet", compression="none", use_dictionary=False
    ),
    "large_string": lambda d: write_parquet(d / "go.parquet", kind=pa.large_string()),
    "string_view": lambda d: write_parquet(d / "go.parquet", kind=pa.string_view()),
    "dictionary": lambda d: write_parquet(d / "go.parquet", kind=DICTIONARY),
    "several files": lambda d: write_several(d / "go.parquet"),
    "several files in a plain folder": lambda d: write_several(d / "go"),
    "the hub's folder": lambda d: write_several(d / "go" / "data"),
    "splits of Parquet": lambda d: [
        write_parquet(d / "go" / f"{name}-00000-of-00001.parquet", rows)
        for name, rows in (("train", ROWS), ("test", ["no"]), ("validation", ["no"]))
    ],
    "other names of Parquet": lambda d: write_parquet(d / "go" / "part.pq"),
    "saved dataset": lambda d: write_saved(d / "go", text_table(ROWS)),
    "saved dataset, one empty shard": lambda d: write_saved(d / "go", text_table(ROWS), shards=len(ROWS) + 1),
    "saved dataset of Arrow files": lambda d: write_saved(d / "go", text_table(ROWS), write=write_file),
    "saved dataset, dictionary": lambda d: write_saved(d / "go", text_table(ROWS, DICTIONARY)),
    "saved dataset, string_view": lambda d: write_saved(d / "go", text_table(ROWS, pa.string_view())),
    "saved dataset, absolute names": lambda d: write_state(
        d / "go",
        {"_data_files": [{"filename": str(path)} for path in sorted(moved(write_saved(d / "go", text_table(ROWS))))]},
    ),
    "saved splits": lambda d: write_saved_splits(d / "go", {"test": text_table(["no"]), "train": text_table(ROWS)}),
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def fingerprint(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("fingerprint")
    write_parquet(folder / "go.parquet")
    return in_memory(folder).fingerprint


def in_memory(folder: Path) -> Corpus:
    return open_corpus(folder, "go", use_cache=False)


def failure(folder: Path) -> str:
    """The line of the error; the same failure with a cache must leave nothing in it."""
    cache = folder / "cache"
    with pytest.raises(CorpusError) as cached:
        open_corpus(folder, "go", cache_dir=cache)
    assert "no non-empty text" in str(cached.value) or not list(cache.glob("*"))
    with pytest.raises(CorpusError) as held:
        in_memory(folder)
    assert str(held.value) == str(cached.value)
    assert "\n" not in str(held.value)
    return str(held.value)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("use_cache", [False, True])
def test_every_source_gives_the_same_rows(name: str, use_cache: bool, data: Path, fingerprint: str) -> None:
    SOURCES[name](data)
    corpus = open_corpus(data, "go", cache_dir=data / "cache", use_cache=use_cache)
    assert rows_of(corpus) == list(ROWS)
    assert (corpus.name, corpus.fingerprint) == ("go", fingerprint)
    assert corpus.handle.cached is use_cache


def test_the_parquet_file_comes_before_a_folder(data: Path) -> None:
    write_several(data / "go")
    file = write_parquet(data / "go.parquet")
    assert find_source(data, "go") == file


def test_a_folder_without_data_comes_before_nothing(data: Path) -> None:
    (data / "go.parquet").mkdir()
    assert find_source(data, "go") == data / "go.parquet"
    write_several(data / "go")
    assert find_source(data, "go") == data / "go"


@pytest.mark.parametrize("make", [lambda _: None, Path.mkdir, lambda path: write_parquet(path / "_x.parquet")])
def test_a_folder_without_data_is_no_source(make: Callable[[Path], object], data: Path) -> None:
    make(data / "go")
    assert find_source(data, "go") is None


def notices_of(folder: Path) -> list[str]:
    notices: list[str] = []
    open_corpus(folder, "go", use_cache=False, notify=notices.append)
    return notices


def test_files_that_are_passed_over_are_counted_and_named(data: Path) -> None:
    for name in ("a.parquet", "b.pq", "c.parquet.gz", "_d.parquet"):
        write_parquet(data / "go" / name, ["a"])
    assert len(in_memory(data)) == 2
    assert notices_of(data) == [
        "go: left out: 2 files (_d.parquet: hidden; c.parquet.gz: compressed; unpack it)",
    ]


def test_a_folder_behind_the_file_is_named(data: Path) -> None:
    write_parquet(data / "go.parquet")
    assert notices_of(data) == []
    write_several(data / "go")
    assert notices_of(data) == ["go.parquet: left out: go/, because go.parquet comes first"]
    write_parquet(data / "go.pq")
    (data / "go.parquet.zst").touch()
    assert notices_of(data) == ["go.parquet: left out: go/, go.pq, go.parquet.zst, because go.parquet comes first"]


def test_a_folder_behind_the_file_need_not_be_readable(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(data / "go.parquet")
    write_several(data / "go")

    def refuse(folder: Path) -> list[str]:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(language_files, "list_names", refuse)
    assert notices_of(data) == []


def test_splits_and_unlisted_files_of_saved_datasets_are_named(data: Path) -> None:
    write_saved_splits(data / "go", {"test": text_table(["no"]), "train": text_table(ROWS)})
    assert notices_of(data) == ["go: only split 'train' is read, not 'test'"]
    for name in ("cache-1.arrow", "data-00002.arrow"):
        write_stream(data / "go" / "train" / name, text_table(["no"]))
    (notice,) = notices_of(data)
    assert notice.endswith("; left out: 1 file (data-00002.arrow: not in state.json)")
    assert rows_of(in_memory(data)) == list(ROWS)


def test_the_cache_of_equal_files_has_an_equal_name(data: Path) -> None:
    """Digests of sources must not change with the rules about other files, or all caches would be made anew."""
    write_several(data / "go")
    before = open_source("go", data / "go")
    write_parquet(data / "go" / "test.parquet", ["no"])
    (data / "go" / "x.parquet.gz").touch()
    after = open_source("go", data / "go")
    assert (after.data_files, after.identity) == (before.data_files, before.identity)
    assert after.identity == digest_identities(FileIdentity.of(data / "go" / f"part-{n}.parquet") for n in range(3))


def test_a_corpus_is_a_sequence_of_rows(data: Path) -> None:
    write_parquet(data / "go.parquet", ["a", "b"])
    corpus = in_memory(data)
    assert rows_of(corpus) == ["a", "b"]
    assert [corpus.characters(row) for row in range(2)] == [1, 1]
    for row in (-1, 2):
        for read in (corpus.__getitem__, corpus.characters):
            with pytest.raises(IndexError, match=f"go: row {row} of 2"):
                read(row)
    assert repr(corpus) == f"Corpus('go', 2 rows, {corpus.fingerprint[:12]})"


def test_relative_folders_stay_valid_elsewhere(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(data / "go.parquet")
    monkeypatch.chdir(data)
    handles = [
        open_corpus(Path(), "go", cache_dir=Path("cache")).handle,
        open_corpus(Path(), "go", use_cache=False).handle,
    ]
    monkeypatch.chdir("/")
    assert {open_handle(handle).fingerprint for handle in handles} == {handles[0].fingerprint}


@pytest.mark.parametrize("name", ["several files", "saved dataset", "saved dataset of Arrow files"])
def test_progress_ends_at_all_rows(name: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "BLOCK_BYTES", 6000)
    calls: list[tuple[str, int, int]] = []
    SOURCES[name](data)
    open_corpus(data, "go", use_cache=False, on_progress=lambda *call: calls.append(call))
    assert len(calls) > 1
    assert calls == sorted(calls)
    assert calls[-1] == ("go", len(ROWS), len(ROWS))


# Fingerprint and blocks


@given(st.lists(st.text(max_size=20)), st.lists(st.integers(0, 20)), st.integers(0, 5))
def test_the_fingerprint_does_not_depend_on_blocks(rows: list[str], cuts: list[int], lead: int) -> None:
    array = pa.array(["lead"] * lead + rows, pa.large_string())[lead:]
    whole, parts = Fingerprint(), Fingerprint()
    size = whole.add(array)
    bounds = [0, *sorted(cut for cut in cuts if cut <= len(rows)), len(rows)]
    assert sum(parts.add(array[a:b]) for a, b in itertools.pairwise(bounds)) == size
    assert parts.hexdigest() == whole.hexdigest()


def test_the_fingerprint_tells_rows_apart() -> None:
    columns: tuple[list[str], ...] = (["ab"], ["a", "b"], ["b", "a"], ["ab", ""], ["", "ab"], [], [""])
    fingerprints = set()
    for rows in columns:
        fingerprint = Fingerprint()
        fingerprint.add(pa.array(rows, pa.large_string()))
        fingerprints.add(fingerprint.hexdigest())
    assert len(fingerprints) == len(columns)


@given(st.lists(st.lists(st.integers(0, 90)), max_size=6), st.integers(0, 2))
def test_blocks_are_as_large_as_allowed(lengths: list[list[int]], lead: int) -> None:
    arrays = [pa.array(["x"] * lead + ["é" * n for n in some], pa.large_string())[lead:] for some in lengths]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conversion, "BLOCK_BYTES", 120)
        made = list(blocks(iter(arrays)))
    assert [row for block in made for row in block] == [row for array in arrays for row in array]
    assert all(block.nbytes <= 120 or len(block) == 1 for block in made)


def test_the_fingerprint_is_that_of_its_definition(fingerprint: str) -> None:
    rows = [row.encode() for row in ROWS]
    lengths = b"".join(len(row).to_bytes(8, "little") for row in rows)
    digests = hashlib.sha256(b"".join(rows)).digest() + hashlib.sha256(lengths).digest()
    assert fingerprint == hashlib.sha256(b"tokstats-parallel rows 1\n" + digests).hexdigest()


# Bad input


def test_no_data(data: Path) -> None:
    assert failure(data) == (
        f"{data}/go.parquet: no such data; make it with `tokstats prepare --include-langs go --out-train-dir {data}`"
    )


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), DICTIONARY])
def test_a_null_row(kind: pa.DataType, data: Path) -> None:
    write_parquet(data / "go.parquet", ["a"] * 2000 + [None] + ["b"], kind)
    assert failure(data).startswith("go.parquet: row 2000 of column 'text' is null; ")


def test_a_null_row_in_a_later_file(data: Path) -> None:
    write_several(data / "go.parquet", ["a"] * 5 + [None], files=2)
    assert failure(data).startswith("go.parquet/part-1.parquet: row 2 of column 'text' is null; ")


def test_a_null_in_a_dictionary(data: Path) -> None:
    values = pa.DictionaryArray.from_arrays(pa.array([0, 0, 1]), pa.array(["a", None]))
    write_saved(data / "go", pa.table({"text": values}), shards=1)
    assert failure(data).startswith("go/data-00000-of-00001.arrow: row 2 of column 'text' is null; ")


def test_only_nulls(data: Path) -> None:
    pq.write_table(pa.table({"text": pa.nulls(3)}), data / "go.parquet")
    assert failure(data).startswith("go.parquet: row 0 of column 'text' is null; ")


@pytest.mark.parametrize("kind", ["int64", "bool", "list<item: string>", "list<item: binary>"])
def test_a_column_of_another_type(kind: str, data: Path) -> None:
    item = pa.binary() if "binary" in kind else pa.string()
    array = pa.array([["a"]], pa.list_(item)) if kind.startswith("list") else pa.array([1]).cast(kind)
    for write in (pq.write_table, lambda table, path: write_saved(path.with_suffix(""), table, shards=1)):
        write(pa.table({"text": array}), data / "go.parquet")
        assert re.match(
            r"go(.parquet|/data-\S+): row 0 of column 'text' is not a string \(found [^)]+\); ", failure(data)
        )
        (data / "go.parquet").unlink(missing_ok=True)


BYTES = [pa.binary(), pa.large_binary(), pa.binary_view(), pa.dictionary(pa.int32(), pa.binary())]


@pytest.mark.parametrize("kind", BYTES, ids=str)
@pytest.mark.parametrize("use_cache", [False, True])
def test_bytes_that_are_utf8_are_read_with_one_notice(
    kind: pa.DataType, use_cache: bool, data: Path, fingerprint: str
) -> None:
    column = pa.array([row.encode() for row in ROWS]).cast(kind)
    notices: list[str] = []
    write_saved(data / "go", pa.table({"text": column}))
    corpus = open_corpus(data, "go", cache_dir=data / "cache", use_cache=use_cache, notify=notices.append)
    assert rows_of(corpus) == list(ROWS)
    assert corpus.fingerprint == fingerprint
    assert notices == ["go/data-00000-of-00002.arrow: column 'text' holds bytes, not strings; they are read as UTF-8"]


@pytest.mark.parametrize("kind", BYTES, ids=str)
def test_bytes_that_are_not_utf8(kind: pa.DataType, data: Path) -> None:
    column = pa.array([b"fine"] * 1500 + [b"caf\xe9", b"fine"]).cast(kind)
    pq.write_table(pa.table({"text": column}), data / "go.parquet", store_schema=kind != pa.binary())
    assert failure(data).startswith("go.parquet: row 1500 of column 'text' is not UTF-8; ")


def test_a_null_among_bytes(data: Path) -> None:
    pq.write_table(pa.table({"text": pa.array([b"a", None])}), data / "go.parquet")
    assert failure(data).startswith("go.parquet: row 1 of column 'text' is null; ")


def test_no_text_column(data: Path) -> None:
    pq.write_table(pa.table({"content": ["a"], "id": [1]}), data / "go.parquet")
    assert failure(data).startswith("go.parquet: needs one column 'text' (columns found: content, id); ")


def test_many_columns_are_not_all_named(data: Path) -> None:
    pq.write_table(pa.table({f"c{n}": ["a"] for n in range(40)}), data / "go.parquet")
    assert "c8, c9, ...)" in failure(data)


def test_two_text_columns(data: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], ["text", "text"])
    pq.write_table(table, data / "go.parquet")
    assert failure(data).endswith("(columns found: text, text); write the file again with one of them")


def test_two_other_columns_of_one_name(data: Path) -> None:
    columns = [pa.array(["a"]), pa.array(["b"]), pa.array(["c"])]
    pq.write_table(pa.Table.from_arrays(columns, ["id", "text", "id"]), data / "go.parquet")
    assert rows_of(in_memory(data)) == ["b"]


def test_text_in_a_column_of_another_name(data: Path) -> None:
    pq.write_table(pa.table({"Text": ["a"]}), data / "go.parquet")
    assert failure(data).endswith("(columns found: Text); rename the column that holds the text to 'text'")
    pq.write_table(pa.table({"doc": [{"text": "a", "id": 1}], "n": [1]}), data / "go.parquet")
    assert failure(data).endswith(
        "(columns found: doc.text, doc.id, n); make a column 'text' of the field inside the other column"
    )


def test_a_column_beside_a_field_of_its_name(data: Path) -> None:
    pq.write_table(pa.table({"doc": [{"text": "no"}], "text": ["yes"]}), data / "go.parquet")
    assert rows_of(in_memory(data)) == ["yes"]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), DICTIONARY])
@pytest.mark.parametrize("bad", [b"caf\xe9", b"\xed\xa0\x80", b"\xc0\xaf", b"abc\xf0\x9f"])
def test_a_row_that_is_not_utf8(bad: bytes, kind: pa.DataType, data: Path) -> None:
    values = invalid_strings([b"fine"] * 1500 + [bad, b"fine"], None if kind == DICTIONARY else kind)
    if kind == DICTIONARY:
        values = values.dictionary_encode()
    pq.write_table(pa.table({"text": values}), data / "go.parquet")
    assert failure(data).startswith("go.parquet: row 1500 of column 'text' is not UTF-8; ")


@pytest.mark.parametrize("rows", [[], [""], ["", " \n\u3000"]])
def test_no_text(rows: list[str], data: Path) -> None:
    write_parquet(data / "go.parquet", rows)
    assert failure(data).startswith(f"go.parquet: language 'go' has no non-empty text ({len(rows)} rows); ")


def test_parquet_that_is_cut_off_or_something_else(data: Path) -> None:
    path = write_parquet(data / "go.parquet", [str(n) * 50 for n in range(3000)], row_group_size=500)
    whole = path.read_bytes()
    for content in (b"", b"PAR1", whole[:-1], whole[: len(whole) // 2], b"text\nhello\n" * 100):
        path.write_bytes(content)
        assert re.match(r"go.parquet: cannot be read \(.+\); copy or make the file again$", failure(data))


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 146946961\n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (POINTER, "is a Git LFS pointer, not a Parquet file; fetch the file that it stands for with `git lfs pull`"),
        (
            b"PARE" + b"\0" * 40 + b"\x28\0\0\0PARE",
            "is an encrypted Parquet file; decrypt it first",
        ),
        (b"\x1f\x8b\x08" + b"\0" * 99, "is compressed with gzip, not a Parquet file; decompress it first (gzip -d)"),
        (b"<!DOCTYPE html>\n<title>404</title>" * 3, "is an HTML page, not a Parquet file; "),
    ],
)
def test_something_else_in_the_place_of_parquet(content: bytes, what: str, data: Path) -> None:
    (data / "go.parquet").write_bytes(content)
    assert failure(data).startswith(f"go.parquet: {what}")


def test_a_pointer_in_the_place_of_a_saved_shard(data: Path) -> None:
    shard = write_saved(data / "go", text_table(ROWS)) / "data-00001-of-00002.arrow"
    shard.write_bytes(POINTER)
    assert failure(data).startswith("go/data-00001-of-00002.arrow: is a Git LFS pointer, not an Arrow file; fetch ")


@pytest.mark.parametrize("plaintext_footer", [False, True])
def test_encrypted_parquet(plaintext_footer: bool, data: Path) -> None:
    write_encrypted(data / "go.parquet", text_table(ROWS), plaintext_footer=plaintext_footer)
    assert re.match(
        r"go.parquet: is an encrypted Parquet file(, not a Parquet file)?; decrypt it first$", failure(data)
    )


def test_parquet_damaged_inside(data: Path) -> None:
    path = write_parquet(data / "go.parquet", [str(n) * 50 for n in range(3000)], write_page_checksum=True)
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0x40
    path.write_bytes(content)
    assert failure(data).startswith("go.parquet: cannot be read (")


def test_a_file_of_several_is_no_file(data: Path) -> None:
    write_several(data / "go.parquet")
    (data / "go.parquet" / "part-3.parquet").mkdir()
    assert failure(data).startswith("go.parquet/part-3.parquet: cannot be read (")


@pytest.mark.parametrize("name", ["go.parquet", "go.parquet/part-3.parquet", "go/train/state.json"])
def test_a_pipe_is_not_opened(data: Path, name: str) -> None:
    if name.count("/") == 1:
        write_several(data / "go.parquet")
    elif name.startswith("go/"):
        write_saved_splits(data / "go", {"train": text_table(ROWS)})
        (data / name).unlink()
    (data / name).parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(data / name)
    assert re.match(rf"{name}: .*it is a pipe, not a file", failure(data))


def test_a_link_that_leads_nowhere(data: Path) -> None:
    write_several(data / "go.parquet")
    (data / "go.parquet" / "part-3.parquet").symlink_to("gone")
    assert failure(data) == "go.parquet/part-3.parquet: No such file or directory; put the file back"


def test_an_empty_folder_of_parquet(data: Path) -> None:
    (data / "go.parquet").mkdir()
    assert failure(data).startswith("go.parquet: a folder without .parquet files; ")


def test_fewer_rows_than_the_file_says(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(data / "go.parquet", ["a", "b"])
    monkeypatch.setattr(readers.ParquetReader, "count_rows", lambda _: 3)
    assert failure(data).startswith("go.parquet: holds 2 rows where its metadata say 3; ")


def test_a_name_that_no_file_can_have(data: Path) -> None:
    with pytest.raises(CorpusError, match=r"cannot look for language 'x+' \(File name too long\)"):
        find_source(data, "x" * 300)


@pytest.mark.parametrize("use_cache", [False, True])
def test_names_that_are_not_utf8(use_cache: bool, data: Path) -> None:
    file = write_parquet(data / "go" / "x.parquet")
    try:
        file.rename(data / "go" / "caf\udce9.parquet")
    except OSError:
        pytest.skip("this file system takes no such name")
    corpus = open_corpus(data, "go", cache_dir=data / "cache", use_cache=use_cache)
    assert rows_of(corpus) == list(ROWS)
    assert open_handle(corpus.handle).fingerprint == corpus.fingerprint
    (write_saved(data / "js", text_table(ROWS), shards=1) / "data-00000-of-00001.arrow").rename(
        data / "js" / "caf\udce9.arrow"
    )
    write_state(data / "js", {"_data_files": [{"filename": "caf\udce9.arrow"}]})
    saved = open_corpus(data, "js", cache_dir=data / "cache", use_cache=use_cache)
    assert saved.fingerprint == corpus.fingerprint


# Saved datasets


def test_no_train_split(data: Path) -> None:
    write_saved_splits(data / "go", {"test": text_table(["a"]), "validation": text_table(["a"])})
    assert failure(data).startswith("go/dataset_dict.json: no split 'train' (found: test, validation); ")


@pytest.mark.parametrize("content", ["{}", '{"splits": 5}', '{"splits": []}'])
def test_a_list_of_splits_that_says_nothing(content: str, data: Path) -> None:
    write_saved_splits(data / "go", {"train": text_table(["a"])})
    (data / "go" / "dataset_dict.json").write_text(content)
    assert failure(data).startswith("go/dataset_dict.json: no split 'train' (found: ")


def test_a_shard_is_missing(data: Path) -> None:
    (write_saved(data / "go", text_table(ROWS)) / "data-00001-of-00002.arrow").unlink()
    assert failure(data).startswith("go/data-00001-of-00002.arrow: No such file or directory; ")


@pytest.mark.parametrize("key", ["_indices_data_files", "_indices_files"])
def test_indices_are_refused(key: str, data: Path) -> None:
    folder = write_saved(data / "go", text_table(ROWS))
    state = json.loads((folder / "state.json").read_text())
    write_state(folder, {**state, key: [{"filename": "indices.arrow"}]})
    assert "flatten_indices()" in failure(data)


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"_data_files": [1]}', "\xff"])
def test_a_state_file_that_says_nothing(content: str, data: Path) -> None:
    folder = write_saved(data / "go", text_table(ROWS))
    (folder / "state.json").write_text(content, encoding="latin-1")
    assert re.match(r"go/state.json: .+; save the dataset again$", failure(data))


@pytest.mark.parametrize("name", ["gone.arrow", "/nowhere/gone.arrow", "nul\0.arrow", "\ud800.arrow"])
def test_a_listed_file_that_is_not_there(name: str, data: Path) -> None:
    folder = write_saved(data / "go", text_table(ROWS))
    write_state(folder, {"_data_files": [{"filename": name}]})
    assert failure(data).endswith("; put the file back")


@pytest.mark.parametrize("name", ["state.json", "dataset_dict.json"])
def test_a_pointer_in_the_place_of_a_list(name: str, data: Path) -> None:
    (write_saved(data / "go", text_table(ROWS)) / name).write_bytes(POINTER)
    assert failure(data).startswith(f"go/{name}: is a Git LFS pointer, not JSON; fetch ")


def test_a_state_file_that_is_nested_too_deeply(data: Path) -> None:
    folder = write_saved(data / "go", text_table(ROWS))
    (folder / "state.json").write_text("[" * 200_000)
    assert failure(data) == "go/state.json: cannot be read (nested too deeply); save the dataset again"


@pytest.mark.parametrize("write", [write_stream, write_file])
def test_a_shard_that_is_cut_off_anywhere(write: Callable[[Path, pa.Table], None], data: Path) -> None:
    folder = write_saved(data / "go", text_table(["a" * 50] * 12), shards=1, write=write)
    shard = folder / "data-00000-of-00001.arrow"
    whole = shard.read_bytes()
    for size in range(0, len(whole), 8):
        shard.write_bytes(whole[:size])
        with pytest.raises(CorpusError, match=r"^go/data-00000-of-00001.arrow: .*; copy"):
            in_memory(data)


def test_a_shard_with_falling_offsets(data: Path) -> None:
    offsets = pa.py_buffer(pa.array([0, 3, 1, 4], pa.int32()).buffers()[1])
    broken = pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"abcd")])
    write_saved(data / "go", pa.table({"text": broken}), shards=1)
    assert failure(data).startswith("go/data-00000-of-00001.arrow: is damaged after row 0 (")


# Handles


@pytest.mark.parametrize("use_cache", [False, True])
def test_a_handle_opens_the_same_rows(use_cache: bool, data: Path) -> None:
    write_parquet(data / "go.parquet")
    corpus = open_corpus(data, "go", cache_dir=data / "cache", use_cache=use_cache)
    again = open_handle(pickle.loads(pickle.dumps(corpus.handle)))  # noqa: S301 - our own bytes
    assert rows_of(again) == list(ROWS)
    assert again.handle == corpus.handle


def test_a_handle_notices_other_rows_in_memory(data: Path) -> None:
    write_parquet(data / "go.parquet")
    handle = in_memory(data).handle
    write_parquet(data / "go.parquet", [*ROWS[:-1], "changed"])
    with pytest.raises(CorpusError, match=r"go.parquet: the rows of 'go' changed during the run; run again"):
        open_handle(handle)


def test_a_source_that_changes_while_it_is_read(data: Path) -> None:
    write_several(data / "go")

    def add_row(*_: object) -> None:
        write_parquet(data / "go" / "part-0.parquet", ["new"])

    with pytest.raises(CorpusError, match="go: changed while it was read; run again"):
        open_corpus(data, "go", use_cache=False, on_progress=add_row)


def test_a_worker_on_a_cached_corpus_imports_little(data: Path) -> None:
    write_parquet(data / "go.parquet")
    corpus = open_corpus(data, "go", cache_dir=data / "cache")
    (data / "handle").write_bytes(pickle.dumps(corpus.handle))
    program = (
        "import pickle, sys; from pathlib import Path; from tokstats_parallel.corpus.corpus import open_handle\n"
        "handle = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "assert open_handle(handle)[1].startswith('def')\n"
        "print(*sys.modules)"
    )
    command = [sys.executable, "-c", program, str(data / "handle")]
    modules = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    assert not {"pyarrow", "numpy", "pandas", "datasets", "transformers"} & set(modules)


def test_rows_are_read_a_little_at_a_time(data: Path) -> None:
    rows = ["x" * 10_000] * 1000
    path = write_parquet(data / "go.parquet", rows, use_dictionary=False)
    sizes = [len(chunk.values) for chunk in readers.ParquetReader(path, "go").chunks()]
    assert sum(sizes) == len(rows)
    assert max(sizes) * 10_000 <= 1 << 20
