"""Inclusion by length and kind: the tables have all that `answers` computes."""

from collections import Counter

import pytest
from support.pages import column_of, figures_of
from support.report_results import Counts

from tokstats_parallel import _native
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.inclusion import inclusion


def test_tables_of_lengths_and_kinds(reported: Reported, counts: Counts) -> None:
    totals = Counter[bytes]()
    for _, found in counts.values():
        totals.update(found)
    section = inclusion(reported)
    lengths = Counter(len(token) for token in totals)
    assert column_of(section, "lengths", "length") == sorted(lengths)
    assert column_of(section, "lengths", "tokens") == [lengths[one] for one in sorted(lengths)]
    kinds = Counter(_native.token_kind(token) for token in totals)
    names = [kind for kind in _native.KINDS if kinds[kind]]
    assert column_of(section, "kinds", "kind") == names
    assert column_of(section, "kinds", "tokens") == [kinds[name] for name in names]
    pieces = [
        sum(count for token, count in totals.items() if _native.token_kind(token) == name) / 125 for name in names
    ]
    assert column_of(section, "kinds", "pieces") == pieces
    means = zip(column_of(section, "kinds", "mean"), column_of(section, "kinds", "tokens"), strict=True)
    assert [mean * tokens for mean, tokens in means] == pytest.approx(pieces)


def test_lead_names_the_best_length_and_the_largest_kind(reported: Reported) -> None:
    section = inclusion(reported)
    means = dict(zip(column_of(section, "lengths", "mean"), column_of(section, "lengths", "length"), strict=True))
    assert section.lead.startswith(f"Tokens of {means[max(means)]} bytes have the highest")
    assert len(figures_of(section)) == 2
