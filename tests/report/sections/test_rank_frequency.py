"""Rank and frequency: the counts at each rank, from sorted lists."""

import pytest
from support.pages import figures_of, rows_of
from support.report_results import Counts

from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.rank_frequency import rank_frequency, ranks_of


def test_shares_at_the_ranks_of_all_and_of_each_language(reported: Reported, counts: Counts) -> None:
    totals: dict[bytes, int] = {}
    for _, found in counts.values():
        for token, count in found.items():
            totals[token] = totals.get(token, 0) + count
    sides = {"share": (125, totals)} | {f"share_{name}": side for name, side in counts.items()}
    rows = rows_of(rank_frequency(reported), "rank-frequency")
    lasts = {len(found) for _, found in sides.values()}
    assert lasts <= {row["rank"] for row in rows}
    for name, (batches, found) in sides.items():
        falling = sorted(found.values(), reverse=True)
        own = [row for row in rows if row[name] is not None]
        assert own[-1]["rank"] == len(falling)
        assert [row[name] for row in own] == [falling[row["rank"] - 1] / batches for row in own]


def test_lead_and_caption_say_what_is_there(reported: Reported) -> None:
    section = rank_frequency(reported)
    assert "Ranks are thinned" in figures_of(section)[0].caption
    assert section.lead.startswith(f"Each of the {len(reported.sampled.total)} most frequent sampled tokens")


@pytest.mark.parametrize(("sampled", "first"), [(1, [1]), (2, [1, 2]), (12, [1, 2, 3, 4, 6, 10, 12])])
def test_ranks(sampled: int, first: list[int]) -> None:
    assert ranks_of(sampled) == first


def test_ranks_are_few_and_end_with_the_last() -> None:
    assert ranks_of(5_000_000)[-1] == 5_000_000
    assert len(ranks_of(5_000_000)) < 40
