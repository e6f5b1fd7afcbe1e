"""Parts and final files: whole or missing, with bytes that do not depend on chunks."""

import os
import random
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokstats_parallel.prepare import writer
from tokstats_parallel.prepare.sources.rows import SourceRows, rows_within
from tokstats_parallel.prepare.writer import PartWriter, read_part, regroup, replacing, seal, sha256_of


def column(*texts: str | None) -> pa.LargeStringArray:
    return pa.array(texts, pa.large_string())


def chunked(texts: list[str], seed: int) -> list[pa.LargeStringArray]:
    """Cuts the texts into chunks of random sizes, each a slice of a longer array."""
    sizes = random.Random(seed)  # noqa: S311 - repeatable
    whole, chunks, start = column(*texts), [], 0
    while start < len(texts):
        size = sizes.randrange(1, 700)
        chunks.append(whole.slice(start, size))
        start += size
    return chunks


@pytest.mark.parametrize(
    ("rows", "size", "expected"),
    [(2, 100, 3), (1, 100, 1), (9, 100, 5), (9, 5, 3), (9, 4, 3), (9, 2, 1), (9, 1, 1)],
)
def test_rows_within_takes_the_row_that_reaches_a_limit(rows: int, size: int, expected: int) -> None:
    assert rows_within(column("é", None, "abc", None, "x"), rows=rows, text_bytes=size) == expected


@given(st.lists(st.one_of(st.none(), st.text(max_size=3)), max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_slices_of_rows_add_up(texts: list[str | None], start: int, stop: int) -> None:
    reasons = {row: "binary" for row, text in enumerate(texts) if text is None and row % 2}
    rows = SourceRows(column(*texts), reasons)
    start, stop = sorted((min(start, len(texts)), min(stop, len(texts))))
    parts = [rows.slice(0, start), rows.slice(start, stop), rows.slice(stop)]
    assert [text for part in parts for text in part.kept().to_pylist()] == rows.kept().to_pylist()
    for reason in ("binary", "null"):
        assert sum(part.left_out().get(reason, 0) for part in parts) == rows.left_out().get(reason, 0)


def test_the_bytes_do_not_depend_on_chunks(tmp_path: Path) -> None:
    texts = [f"row {row} " + "é\n" * (row % 997) for row in range(9_000)]  # several pages each group
    sealed = {seal(chunked(texts, seed), tmp_path / f"{seed}.parquet") for seed in range(3)}
    assert len(sealed) == 1
    metadata = pq.read_metadata(tmp_path / "0.parquet")
    assert [metadata.row_group(index).num_rows for index in range(3)] == [4000, 4000, 1000]
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert pq.read_table(tmp_path / "1.parquet")["text"].to_pylist() == texts
    only = sealed.pop()
    assert (only.rows, only.text_bytes) == (9_000, sum(len(text.encode()) for text in texts))
    assert only.sha256 == sha256_of(tmp_path / "2.parquet")
    assert only.size == (tmp_path / "2.parquet").stat().st_size


def test_row_groups_are_bounded_by_volume(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "GROUP_BYTES", 100)
    groups = list(regroup(chunked(["x" * 30] * 10, 1)))
    assert [len(group) for group in groups] == [4, 4, 2]


def test_no_rows_make_an_empty_file(tmp_path: Path) -> None:
    assert seal([], tmp_path / "x.parquet").rows == 0
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 0


def test_a_part_gives_back_its_texts(tmp_path: Path) -> None:
    with replacing(tmp_path / "part.arrow") as file:
        part = PartWriter(file)
        sizes = [part.add(column("a", "é")), part.add(column()), part.add(column(""))]
        part.close()
    assert (sizes, part.rows, part.text_bytes) == ([3, 0, 0], 3, 3)
    assert [text for chunk in read_part(tmp_path / "part.arrow") for text in chunk.to_pylist()] == [
        "a",
        "é",
        "",
    ]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_text("old")

    def broken() -> None:
        with replacing(path) as file:
            file.write(b"new")
            assert path.read_text() == "old"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.parquet"
    flushed: list[tuple[str, bool]] = []

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        flushed.append((kind, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with replacing(path) as file:
        file.write(b"new")
    assert flushed == [("file", False), ("folder", True)]
