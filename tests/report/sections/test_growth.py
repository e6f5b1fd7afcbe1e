"""Growth section: curves of all batches and of each language, in one table."""

from math import comb
from pathlib import Path

import pytest
from support.pages import figures_of, rows_of
from support.report_results import Counts, odd_results, random_result
from support.small_result import small_result

from tokstats_parallel.report.contents import Section
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.growth import growth_section


def section_of(result: Reported) -> Section:
    section = growth_section(result)
    assert section is not None
    return section


def expected(counts: list[int], batches: int, chosen: int) -> float:
    return sum(1 - comb(batches - count, chosen) / comb(batches, chosen) for count in counts)


def test_curves_within_the_batches(reported: Reported, counts: Counts) -> None:
    totals: dict[bytes, int] = {}
    for _, found in counts.values():
        for token, count in found.items():
            totals[token] = totals.get(token, 0) + count
    rows = rows_of(section_of(reported), "growth")
    sides = {"tokens": (125, totals)} | {f"tokens_{name}": side for name, side in counts.items()}
    for name, (batches, found) in sides.items():
        own = {row["batches"]: row[name] for row in rows if row[name] is not None}
        assert max(own) == batches
        assert own == {number: pytest.approx(expected(list(found.values()), batches, number)) for number in own}


def test_curves_beyond_the_batches(reported: Reported) -> None:
    rows = rows_of(section_of(reported), "growth")
    beyond = {row["batches"]: row for row in rows if row["tokens_extrapolated_low"] is not None}
    assert list(beyond) == [125, 146, 167, 187, 208, 229, 250]
    for name, richness in (("low", reported.richness), ("high", reported.richness_at_worst)):
        assert richness is not None
        for batches, row in beyond.items():
            assert row[f"tokens_extrapolated_{name}"] == richness.tokens + richness.further(batches - 125)
    assert [row["tokens"] is None for row in beyond.values()] == [False] + [True] * 6


def test_caption_says_that_it_is_an_approximation(reported: Reported) -> None:
    (figure,) = figures_of(section_of(reported))
    assert "pools overlap: 3 successive batches of a language share texts" in figure.caption
    assert "extrapolated" in str(figure.svg)


def test_languages_are_left_out_where_their_rare_tokens_are_not_known(tmp_path: Path) -> None:
    stats = small_result(tmp_path / "made", random_result({"go": 60, "c": 40}), min_count=2)
    names = list(rows_of(section_of(Reported.of(stats)), "growth")[0])
    assert names == ["batches", "tokens", "tokens_extrapolated_low", "tokens_extrapolated_high"]


def test_no_section_without_two_batches_or_without_rare_tokens(tmp_path: Path) -> None:
    odd = odd_results(tmp_path)
    for name in ("one batch", "no sampled token", "least count 5"):
        assert growth_section(Reported.of(odd[name])) is None


def test_few_of_many_languages_are_drawn_and_all_are_in_the_table(tmp_path: Path) -> None:
    result = Reported.of(odd_results(tmp_path)["24 languages"])
    (figure,) = figures_of(section_of(result))
    assert "Of 24 languages, the 8 with the most batches are drawn" in figure.caption
    assert result.drawn_languages == [f"language-{at}" for at in range(16, 24)]
    assert len(figure.data.columns) == 4 + 24
