"""Verification of finished files: their totals, and the files that are refused."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.runs import without_threads

from tokstats_parallel.results.verify import Totals, verify_files

HIGHEST = 2**64 - 1
LANGUAGES = ("a", "b")


def write(folder: Path, counts: Mapping[str, Sequence[int | None]]) -> tuple[Path, Path]:
    """Writes the files of tokens with these counts in each language."""
    totals = [sum(number or 0 for number in numbers) for numbers in counts.values()]
    of_json, of_parquet = folder / "x.json", folder / "x.parquet"
    of_json.write_text(json.dumps(dict(zip(counts, totals, strict=True)), indent=2, ensure_ascii=False), "utf-8")
    columns = {"token": pa.array(counts), "count": pa.array(totals, pa.uint64())}
    for language, numbers in zip(LANGUAGES, zip(*counts.values(), strict=True), strict=True):
        columns[f"count_{language}"] = pa.array(numbers, pa.uint64())
    pq.write_table(pa.table(columns), of_parquet, row_group_size=2)
    return of_json, of_parquet


def test_both_files_are_added_up(tmp_path: Path) -> None:
    paths = write(tmp_path, {"Ġ": (5, 1), "汉": (0, 4), '"': (2, 0), "\n": (1, 0), "": (0, 1)})
    for threads in (1, 2):
        assert verify_files(*paths, LANGUAGES, threads=threads) == Totals(5, 14, ((3, 8), (3, 6)))


def test_both_files_are_added_up_without_a_thread(tmp_path: Path) -> None:
    paths = write(tmp_path, {"Ġ": (5, 1), "汉": (0, 4)})
    with without_threads():
        assert verify_files(*paths, LANGUAGES, threads=2) == Totals(2, 10, ((1, 5), (2, 5)))


def test_a_result_may_be_empty(tmp_path: Path) -> None:
    """The Parquet of an empty result has a row group without rows."""
    of_json, of_parquet = write(tmp_path, {"x": (1, 1)})
    of_json.write_text("{}")
    schema = pq.read_schema(of_parquet)
    with pq.ParquetWriter(of_parquet, schema) as writer:
        writer.write_table(schema.empty_table())
    assert pq.read_metadata(of_parquet).num_row_groups == 1
    assert verify_files(of_json, of_parquet, LANGUAGES) == Totals(0, 0, ((0, 0), (0, 0)))


def test_no_sum_wraps(tmp_path: Path) -> None:
    """Sums do not wrap around, neither in a row group nor across row groups."""
    paths = write(tmp_path, {"x": (HIGHEST - 7, 0), "y": (0, 3), "z": (2, 1)})
    assert verify_files(*paths, LANGUAGES) == Totals(3, HIGHEST - 1, ((2, HIGHEST - 5), (2, 4)))
    more = write(tmp_path, {"x": (HIGHEST - 7, 0), "y": (HIGHEST - 7, 0)})
    with pytest.raises(OverflowError):
        verify_files(*more, LANGUAGES)
    part = pq.read_table(more[1])
    write(tmp_path, {"x": (2**64 - 16, 0)})  # the sum of the others, wrapped to 64 bits
    pq.write_table(part, more[1])
    with pytest.raises(ValueError, match=r"x\.parquet holds 2 tokens with 36,893,488,147,419,103,216 occurrences"):
        verify_files(*more, LANGUAGES)


def test_files_that_differ_are_both_named(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    of_json, _ = write(tmp_path, {"x": (3, 0)})
    _, of_parquet = write(tmp_path / "other", {"x": (3, 0), "y": (1, 0)})
    with pytest.raises(ValueError, match=r"x\.json holds 1 tokens .* 3 occ.*x\.parquet holds 2 tokens .* 4 occ"):
        verify_files(of_json, of_parquet, LANGUAGES)


def test_a_table_without_a_count_is_named(tmp_path: Path) -> None:
    paths = write(tmp_path, {"x": (3, None)})
    with pytest.raises(ValueError, match=r"x\.parquet: a count is missing"):
        verify_files(*paths, LANGUAGES)
    with pytest.raises(ValueError, match=r"x\.parquet: .*count_c"):
        verify_files(*write(tmp_path, {"x": (3, 0)}), ["a", "c"])
    with pytest.raises(ValueError, match=r"x\.parquet: a count is 0"):
        verify_files(*write(tmp_path, {"x": (3, 0), "y": (0, 0)}), LANGUAGES)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    of_json, of_parquet = write(tmp_path, {"x": (3, 0)})
    for missing in (of_json, of_parquet):
        missing.rename(tmp_path / "away")
        with pytest.raises(OSError, match="No such file"):
            verify_files(of_json, of_parquet, LANGUAGES)
        (tmp_path / "away").rename(missing)
