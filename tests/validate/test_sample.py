"""Samples of sources and corpora, at a cost that does not depend on their size."""

import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.corpora import text_table, write_parquet, write_saved, write_saved_splits, write_several

from tokstats_parallel.corpus import conversion
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.corpus.language_files import open_source
from tokstats_parallel.validate import sample
from tokstats_parallel.validate.check import CheckStatus
from tokstats_parallel.validate.data import check_data
from tokstats_parallel.validate.sample import sample_corpus, sample_source


def shapes(folder: Path, rows: list[str]) -> Iterator[Path]:
    """Writes the same rows as a source of each kind."""
    yield write_parquet(folder / "a.parquet", rows, row_group_size=7)
    yield write_parquet(folder / "b.parquet", rows, pa.dictionary(pa.int32(), pa.string()))
    yield write_several(folder / "c", rows)
    yield write_saved(folder / "d", text_table(rows))
    yield write_saved_splits(folder / "e", {"train": text_table(rows), "test": text_table(["no"])})


def test_a_small_source_is_sampled_whole_in_any_shape(tmp_path: Path) -> None:
    rows = [f"row {number} é" for number in range(60)]
    for path in shapes(tmp_path, rows):
        source = open_source(path.stem, path)
        some = sample_source(source, 10**6)
        assert [text for array in some.arrays for text in array.to_pylist()] == rows
        assert some.text_bytes == sum(len(row.encode()) for row in rows)


def big(folder: Path, **options: Any) -> Path:
    """20,000 rows of 1,000 characters."""
    return write_parquet(folder / "big.parquet", [f"{number:05}" * 200 for number in range(20_000)], **options)


@pytest.fixture
def bytes_checked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Sizes of all arrays that are read for a sample."""
    sizes: list[int] = []
    real = conversion.checked

    def counted(batch: Any) -> Iterator[pa.Array]:
        sizes.append(batch.values.nbytes)
        return real(batch)

    monkeypatch.setattr(sample, "checked", counted)
    return sizes


LIMIT = 400_000


@pytest.mark.parametrize("row_group_size", [300, 20_000])
def test_of_a_large_parquet_only_a_sample_is_read(
    row_group_size: int, tmp_path: Path, bytes_checked: list[int]
) -> None:
    big(tmp_path, row_group_size=row_group_size, use_dictionary=False)
    check, data = check_data(tmp_path, "big", cache_folder=None, max_bytes=LIMIT)
    assert check.status is CheckStatus.OK
    assert data
    assert not data.exact
    assert data.rows == 20_000
    assert math.isclose(data.text_bytes, 20_000 * 1000, rel_tol=0.01)
    assert sum(bytes_checked) < 3 * LIMIT


def test_the_sections_are_spread_over_the_whole_file(tmp_path: Path) -> None:
    some = sample_source(open_source("big", big(tmp_path, row_group_size=300)), LIMIT)
    rows = [int(text[:5]) for array in some.arrays for text in array.to_pylist()]
    gaps = [later - earlier for earlier, later in pairwise([*rows, 20_000]) if later != earlier + 1]
    assert len(gaps) == 16
    assert max(gaps) <= 20_000 / 16 + 300


def test_of_a_large_dataset_only_a_sample_is_read(tmp_path: Path, bytes_checked: list[int]) -> None:
    rows = [f"{number:05}" * 200 for number in range(20_000)]
    some = sample_source(open_source("big", write_saved(tmp_path / "big", text_table(rows))), LIMIT)
    assert sum(bytes_checked) < 3 * LIMIT
    assert {int(text[:5]) // 10_000 for array in some.arrays for text in array.to_pylist()} == {0, 1}


def test_of_a_large_corpus_only_a_sample_is_read(tmp_path: Path, bytes_checked: list[int]) -> None:
    big(tmp_path)
    corpus = open_corpus(tmp_path, "big", cache_dir=tmp_path / "cache")
    some = sample_corpus(corpus, LIMIT)
    assert sum(bytes_checked) < 3 * LIMIT
    assert {int(text[:5]) // 1250 for array in some.arrays for text in array.to_pylist()} == set(range(16))


def test_rows_are_measured_as_stripped_by_python() -> None:
    everything = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    rows = [row for character in everything for row in (character, f"{character}a{character}")]
    some = sample.Sample((pa.array(rows, pa.large_string()),), 0, 0.0)
    lengths = sample.lengths(some, tiny=2, span=3)
    stripped = [len(row.strip()) for row in rows]
    assert [lengths.empty, lengths.tiny] == [sum(length < bound for length in stripped) for bound in (1, 2)]
    assert lengths.empty == 29


def test_a_bad_row_is_named_by_its_number_in_the_file(tmp_path: Path) -> None:
    rows: list[str | None] = ["text"] * 100
    rows[77] = None
    write_parquet(tmp_path / "go.parquet", rows, row_group_size=10)
    check, data = check_data(tmp_path, "go", cache_folder=None, max_bytes=10**6)
    assert data is None
    assert check.detail == "go.parquet: row 77 of column 'text' is null"
