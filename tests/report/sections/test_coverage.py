"""Coverage: the numbers of each tokenizer, in all batches and by language."""

from pathlib import Path

import pytest
from support.pages import figures_of, rows_of, tables_of
from support.small_result import small_result

from tokstats_parallel.answers.coverage import Coverage
from tokstats_parallel.answers.pieces.readings import TokenizerPieces
from tokstats_parallel.answers.pieces_in_result import coverage_of
from tokstats_parallel.report.sections.coverage import coverage_section, coverage_summary


def pieces_of(name: str, *raw: bytes) -> TokenizerPieces:
    written = tuple(piece.hex() for piece in raw)
    return TokenizerPieces(name, "bytes", tuple(range(len(raw))), written, raw, 0)


@pytest.fixture(scope="module")
def coverage(tmp_path_factory: pytest.TempPathFactory) -> Coverage:
    counts = {"go": (10, {b"ab": 10, b"cd": 3, b"ef": 1}), "c": (10, {b"ab": 10, b"cd": 2})}
    stats = small_result(tmp_path_factory.mktemp("coverage") / "made", counts)
    one = pieces_of("one", b"ab", b"cd", b"ef", b"gh", b"a\n\nb", b"a", b"\xff" * 20)
    return coverage_of(stats, [one, pieces_of("two", b"a", b" ")])


def test_shares_of_all_batches_and_of_each_language(coverage: Coverage) -> None:
    rows = rows_of(coverage_section(coverage), "coverage")
    found = [(row["tokenizer"], row["language"], row["batches"], row["sampled"]) for row in rows]
    assert found == [
        ("one", "all batches", 20, 3),
        ("one", "go", 10, 3),
        ("one", "c", 10, 2),
        *(("two", name, number, 0) for name, number in (("all batches", 20), ("go", 10), ("c", 10))),
    ]
    assert [row["sampled_share"] for row in rows] == [0.5, 0.5, 2 / 6, None, None, None]
    assert rows[0]["mean_inclusion"] == pytest.approx((20 + 5 + 1) / 6 / 20)


def test_histogram_of_each_tokenizer(coverage: Coverage) -> None:
    one, other = figures_of(coverage_section(coverage))
    rows = {row[0]: row[1] for row in one.data.rows}
    assert rows["0 %"] == 3
    assert rows["0 to 10 %"] == 1  # 1 of 20
    assert rows["20 to 30 %"] == 1  # 5 of 20
    assert rows["100 %"] == 1
    assert sum(row[1] for row in one.data.rows) == 6  # type: ignore[misc]
    assert sum(row[1] for row in other.data.rows) == 0  # type: ignore[misc]
    assert (one.data.name, other.data.name) == ("coverage-histogram-1", "coverage-histogram-2")


def test_pieces_that_are_never_sampled(coverage: Coverage) -> None:
    rows = rows_of(coverage_section(coverage), "never-sampled")
    assert {(row["reason"], row["id"], row["text"]) for row in rows} == {
        ("not seen", 3, "gh"),
        ("two white-space characters", 4, "a⏎⏎b"),
        ("longer than 15 bytes", 6, "\\xFF" * 20),
    }


def test_sentences(coverage: Coverage) -> None:
    one, other = coverage_summary(coverage)
    assert one.startswith("Of the pieces of the tokenizer one, 50.0\N{NO-BREAK SPACE}% were ever sampled")
    assert one.endswith("and 3 pieces never were in one.")
    assert other == "All pieces of the tokenizer two are in every vocabulary by design."


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("org/model", "org/model"),
        ("vocab.json", "vocab.json"),
        ("../models/small/tokenizer.json", "../models/small/tokenizer.json"),
        ("/home/you/models/small/tokenizer.json", "small/tokenizer.json"),
        ("/models", "/models"),
    ],
)
def test_an_absolute_path_is_shown_by_its_end(given: str, shown: str, tmp_path: Path) -> None:
    stats = small_result(tmp_path / "made", {"go": (2, {b"ab": 1})})
    made = coverage_of(stats, [pieces_of(given, b"ab", b"cd")])
    assert f"the tokenizer {shown}, " in coverage_summary(made)[0]
    assert {row["tokenizer"] for row in rows_of(coverage_section(made), "coverage")} == {shown}


def test_no_table_of_reasons_where_all_pieces_are_sampled(tmp_path: Path) -> None:
    stats = small_result(tmp_path / "made", {"go": (2, {b"ab": 1})})
    names = [table.name for table in tables_of([coverage_section(coverage_of(stats, [pieces_of("one", b"ab")]))])]
    assert names == ["coverage", "coverage-histogram-1"]
