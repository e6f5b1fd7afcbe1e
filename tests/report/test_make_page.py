"""Pages about results of all kinds: each is whole, with what the result can tell."""

import math
from collections import Counter
from pathlib import Path

import pytest
from support.pages import anchors, figures_of, section_of, tables_of
from support.paths import ROOT
from support.report_results import HOSTILE, odd_results, random_result
from support.small_result import small_result

from tokstats_parallel import _native
from tokstats_parallel.answers.pieces.find import find_pieces
from tokstats_parallel.report.contents import Kind, Page
from tokstats_parallel.report.html import BUDGET, render
from tokstats_parallel.report.make_page import make_page
from tokstats_parallel.results.token_stats import TokenStats

DEMO_TOKENIZER = str(ROOT / "tokstats_parallel" / "assets" / "demo-tokenizer")
WHOLE = ["numbers", "languages", "typical", "ranks", "inclusion", "growth", "run", "tokens"]
OF_ONE = [name for name in WHOLE if name not in ("languages", "typical")]
EXPECTED = {
    "one language": OF_ONE,
    "one batch": [name for name in OF_ONE if name != "growth"],
    "one batch of two languages": [name for name in OF_ONE if name != "growth"],
    "two batches": WHOLE,
    "no sampled token": ["numbers", "languages", "run"],
    "mixed pools": OF_ONE,
    "shared pool": WHOLE,
    "24 languages": WHOLE,
    "a language without batches": WHOLE,
    "least count 2": WHOLE,
    "least count 5": [name for name in WHOLE if name != "growth"],
    "hostile": WHOLE,
    "without manifest": WHOLE,
    "json alone": OF_ONE,
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TokenStats]:
    return odd_results(tmp_path_factory.mktemp("odd"))


def check(page: Page) -> None:
    """Checks what every page must fulfil."""
    names = Counter([*anchors(page), *(table.name for table in tables_of(page.sections))])
    tables = list(tables_of(page.sections))
    assert Counter(anchors(page)).most_common(1)[0][1] == 1, names
    assert Counter(table.name for table in tables).most_common(1)[0][1] == 1, names
    for table in tables:
        assert Counter(column.name for column in table.columns).most_common(1)[0][1] == 1, table.name
        for row in table.rows:
            for column, value in zip(table.columns, row, strict=True):
                if column.kind in (Kind.TEXT, Kind.TOKEN):
                    assert value is None or isinstance(value, str), (table.name, column.name, value)
                elif value is not None:
                    assert isinstance(value, int if column.kind is Kind.COUNT else (int, float)), (
                        table.name,
                        column.name,
                    )
                    assert math.isfinite(value), (table.name, column.name)
                    assert column.kind is not Kind.SHARE or 0 <= value <= 1, (table.name, column.name, value)
    for section in page.sections:
        assert section.lead
        for figure in figures_of(section):
            assert str(figure.svg).startswith("<svg")
            assert figure.data.rows
    assert page.summary
    assert len(render(page).encode()) <= BUDGET


def test_odd_results_are_those_with_expectations(results: dict[str, TokenStats]) -> None:
    assert results.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_page_of_each_kind_of_result(results: dict[str, TokenStats], name: str) -> None:
    page = make_page(results[name])
    assert anchors(page) == EXPECTED[name]
    check(page)


@pytest.mark.parametrize("name", EXPECTED)
def test_page_of_two_results(results: dict[str, TokenStats], name: str) -> None:
    page = make_page(results["24 languages"], results[name])
    assert anchors(page)[0] == "comparison"
    assert anchors(page)[-3:] == ["b-numbers", "b-run", "a-tokens"]
    check(page)


def test_results_of_equal_names_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    counts = random_result({"go": 60})
    page = make_page(small_result(tmp_path / "one", counts), small_result(tmp_path / "other", counts))
    assert page.title == "one/result.json and other/result.json: how their random vocabularies differ"
    assert page.summary[0].endswith(" have the same counts of all tokens, of equally many batches.")


def test_coverage_comes_with_a_tokenizer(results: dict[str, TokenStats]) -> None:
    pieces = find_pieces(DEMO_TOKENIZER)
    page = make_page(results["without manifest"], tokenizers=[pieces, pieces])
    assert anchors(page)[:2] == ["numbers", "coverage"]
    assert sum("the tokenizer assets/demo-tokenizer" in sentence for sentence in page.summary) == 2
    check(page)
    check(make_page(results["json alone"], results["one batch"], [pieces]))


def test_hostile_tokens_are_in_the_table_by_their_readable_text(results: dict[str, TokenStats]) -> None:
    page = make_page(results["hostile"])
    (table,) = tables_of([section_of(page, "tokens")])
    shown = {row[0]: row[1] for row in table.rows}
    for raw in HOSTILE:
        assert shown[_native.readable_text(raw)] == _native.map_bytes(raw)
    html = render(page)
    assert html.count("<script") == html.count("</script>") == 1
    assert "<b>" not in html
    assert "\u202e" not in html


def test_table_of_tokens_keeps_within_the_budget(tmp_path: Path) -> None:
    batches = {f"language {at}": 50 for at in range(6)}
    page = make_page(small_result(tmp_path / "large", random_result(batches, words=9000)))
    section = section_of(page, "tokens")
    (table,) = tables_of([section])
    size = len(render(page).encode())
    assert 0.93 * BUDGET < size <= BUDGET
    assert 500 < len(table.rows) < 3000
    assert section.lead.startswith(f"{len(table.rows):,} of ")
    check(page)
