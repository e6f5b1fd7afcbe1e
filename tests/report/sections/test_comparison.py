"""Comparison of two results: the numbers of `answers`, and tables with both sides."""

from pathlib import Path

import pytest
from support.pages import key_numbers, rows_of, tables_of
from support.report_results import random_result
from support.small_result import small_result

from tokstats_parallel.answers.comparison.answer import ComparisonAnswer, answer_comparison
from tokstats_parallel.report.sections.comparison import LINES, comparison, comparison_summary, side_names


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> ComparisonAnswer:
    folder = tmp_path_factory.mktemp("two")
    one = small_result(folder / "one", random_result({"go": 400, "c": 90}, words=900))
    other = small_result(folder / "other", random_result({"go": 300, "c": 100}, seed=2, words=900))
    renamed = other.paths.json.with_name("b.json")
    for path in other.paths:
        path.rename(path.with_name(path.name.replace("result", "b")))
    return answer_comparison(one.paths.json, renamed, (), LINES)


def test_key_numbers(answer: ComparisonAnswer) -> None:
    overlap, tests = answer.comparison.overlap, answer.comparison.significance
    numbers = key_numbers(comparison(answer))
    assert {label: one.value for label, one in numbers.items()} == {
        "Weighted overlap": f"{100 * overlap.weighted_jaccard:.1f}\N{NO-BREAK SPACE}%",
        "Common tokens": f"{overlap.common:,}",
        "Significant differences": f"{tests.left + tests.right:,}",
        "Distance": f"{overlap.divergence:.4f} bits",
        "Correlation": f"{overlap.rank_correlation:.3f}",
    }
    assert tests.left > 0
    assert tests.right > 0


def test_lists_have_all_lines_with_both_sides(answer: ComparisonAnswer) -> None:
    rows = rows_of(comparison(answer), "differing-tokens")
    lines = [line for found in answer.lists().values() for line in found]
    assert len(rows) == len(lines) > 3 * LINES
    for row, line in zip(rows, lines, strict=True):
        token = line.tokens[0]
        assert (row["word"], row["token"]) == (line.text, token.text)
        assert (row["share_a"], row["share_b"], row["rank_a"], row["rank_b"]) == (*token.shares, *token.ranks)
        assert (row["z"], row["significant"]) == (token.z, "yes" if token.q <= 0.05 else "no")
    named = {row["list"] for row in rows}
    assert named == {"largest difference of the shares", "typical of A", "typical of B", "only in A", "only in B"}


def test_sides_and_settings(answer: ComparisonAnswer) -> None:
    section = comparison(answer)
    sides = rows_of(section, "sides")
    assert [(row["side"], row["result"], row["batches"], row["effective"]) for row in sides] == [
        ("A", "result.json", 490, 163),
        ("B", "b.json", 400, 133),
    ]
    settings = {row["setting"]: (row["a"], row["b"]) for row in rows_of(section, "differing-settings")}
    assert settings["batches"] == ("490", "400")
    assert settings["batches of go"] == ("400", "300")


def test_summary_says_what_differs(answer: ComparisonAnswer) -> None:
    verdict, overlap, settings = comparison_summary(answer)
    tests = answer.comparison.significance
    assert verdict == (
        f"{tests.left + tests.right:,} of {tests.tested:,} tested tokens differ by more than chance between A "
        f"(result.json) and B (b.json): {tests.left:,} are more frequent in A, {tests.right:,} in B."
    )
    assert f"{answer.comparison.overlap.left_only:,} in A alone" in overlap
    assert settings == "The runs differ in: batches, batches of 2 languages."


def test_notes_are_sentences(answer: ComparisonAnswer) -> None:
    assert answer.notes
    assert "A: its 490 batches count as 163" in comparison(answer).lead


def test_chance_alone_is_said_and_equal_notes_are_said_once(tmp_path: Path) -> None:
    one, other = ({"go": (30, {b"ab": count, b"cd": 9})} for count in (5, 6))
    paths = [small_result(tmp_path / name, counts).paths.json for name, counts in (("one", one), ("other", other))]
    section = comparison(answer_comparison(paths[0], paths[1], (), LINES))
    assert section.lead == (
        "No token differs by more than chance. A: its 30 batches count as 10, since the pools of 3 successive draws "
        "overlap; this is the worst case. The same is true of B."
    )
    (table,) = (table for table in tables_of([section]) if table.name == "differing-tokens")
    assert table.caption.endswith("None of them differs by more than chance.")


def test_equal_results(tmp_path: Path) -> None:
    counts = random_result({"go": 30})
    one, other = (small_result(tmp_path / name, counts).paths.json for name in ("one", "other"))
    equal = answer_comparison(one, other, (), LINES)
    assert side_names(equal) == ("one/result.json", "other/result.json")
    section = comparison(equal)
    assert section.lead.startswith("Both results have the same counts.")
    assert [table.name for table in tables_of([section])] == ["sides"]
    assert len(comparison_summary(equal)) == 1


def test_results_without_common_tokens(tmp_path: Path) -> None:
    one = small_result(tmp_path / "one", {"go": (30, {b"ab": 30})})
    other = small_result(tmp_path / "other", {"go": (30, {b"cd": 1})})
    section = comparison(answer_comparison(one.paths.json, other.paths.json, (), LINES))
    assert key_numbers(section)["Correlation"].value == "not defined"
    assert key_numbers(section)["Distance"].value == "1.0000 bits"
