"""Languages: gains and matrices recomputed with sets and sums."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.pages import figures_of, rows_of
from support.report_results import Counts, odd_results

from tokstats_parallel.report.contents import Section
from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.languages import highest, languages


@pytest.fixture(scope="module")
def section(reported: Reported) -> Section:
    return languages(LanguageNumbers.of(reported))


def test_gains(section: Section, counts: Counts) -> None:
    seen: set[bytes] = set()
    for row, (name, (batches, found)) in zip(rows_of(section, "language-gain"), counts.items(), strict=True):
        others = set().union(*(other for language, (_, other) in counts.items() if language != name))
        only = found.keys() - others
        new = found.keys() - seen
        seen |= found.keys()
        assert (row["language"], row["batches"], row["tokens"]) == (name, batches, len(found))
        assert (row["only"], row["new"], row["together"]) == (len(only), len(new), len(seen))
        assert row["only_share"] == sum(found[token] for token in only) / sum(found.values())
    figure, *_ = figures_of(section)
    assert [row[1] + row[2] for row in figure.data.rows] == [len(found) for _, found in counts.values()]  # type: ignore[operator]


def test_matrices(section: Section, counts: Counts) -> None:
    names = list(counts)
    for row, name in zip(rows_of(section, "weighted-jaccard"), names, strict=True):
        assert [row[other] for other in names] == pytest.approx([overlap(counts, name, other) for other in names])
    for row, name in zip(rows_of(section, "jensen-shannon"), names, strict=True):
        assert [row[other] for other in names] == pytest.approx([distance(counts, name, other) for other in names])


def overlap(counts: Counts, one: str, other: str) -> float:
    shares = [
        {token: count / batches for token, count in found.items()} for batches, found in (counts[one], counts[other])
    ]
    tokens = shares[0].keys() | shares[1].keys()
    pairs = [[share.get(token, 0.0) for share in shares] for token in tokens]
    return sum(map(min, pairs)) / sum(map(max, pairs))


def distance(counts: Counts, one: str, other: str) -> float:
    sides = [counts[one][1], counts[other][1]]
    shares = [{token: count / sum(found.values()) for token, count in found.items()} for found in sides]
    middle = {token: sum(share.get(token, 0.0) for share in shares) / 2 for share in shares for token in share}
    return sum(part * math.log2(part / middle[token]) for share in shares for token, part in share.items()) / 2


def test_highest_is_beside_the_diagonal() -> None:
    values = np.array([[1, 0.2, 0.5], [0.2, 1, 0.1], [0.5, 0.1, 1]])
    assert highest("abc", values) == (0.5, "a", "c")
    assert highest("abc", -values) == (-0.1, "b", "c")


def test_lead_has_the_language_with_the_most_of_its_own_by_pieces_and_by_tokens(section: Section) -> None:
    rows = rows_of(section, "language-gain")
    by_pieces, by_tokens = (max(rows, key=lambda row: row[name]) for name in ("only_share", "only"))
    assert section.lead == (
        f"{by_pieces['language']} has the most of its own: {100 * by_pieces['only_share']:.1f}\N{NO-BREAK SPACE}% of "
        "the sampled pieces of its vocabularies are in no other language. "
        f"{by_tokens['language']} adds the most tokens that no other language has: {by_tokens['only']:,} of "
        f"{rows[-1]['together']:,} different ones."
    )


def test_lead_says_where_pools_are_shared(tmp_path: Path, section: Section) -> None:
    odd = odd_results(tmp_path)
    shared = languages(LanguageNumbers.of(Reported.of(odd["shared pool"])))
    assert "drawn from the same pools" in shared.lead
    assert "drawn from the same pools" not in section.lead


def test_result_of_one_language_has_no_numbers(tmp_path: Path) -> None:
    odd = odd_results(tmp_path)
    for name in ("one language", "json alone", "mixed pools", "one batch of two languages"):
        numbers = LanguageNumbers.of(Reported.of(odd[name]))
        assert (len(numbers.gains), numbers.matrix, len(numbers.typical)) == (0, None, 0)


def test_language_without_batches_is_left_out(tmp_path: Path) -> None:
    numbers = LanguageNumbers.of(Reported.of(odd_results(tmp_path)["a language without batches"]))
    assert _names(languages(numbers)) == ["go", "c"]
    assert list(numbers.typical) == ["go", "c"]


def _names(section: Section) -> Sequence[str]:
    return [row["language"] for row in rows_of(section, "language-gain")]
