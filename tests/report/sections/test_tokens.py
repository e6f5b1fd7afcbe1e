"""Table of tokens: each row is as the result has it."""

from collections import Counter
from pathlib import Path

from support.pages import column_of, rows_of, tables_of
from support.report_results import Counts, odd_results

from tokstats_parallel import _native
from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.tokens import token_section


def test_all_tokens_with_their_counts(reported: Reported, counts: Counts) -> None:
    totals = Counter[bytes]()
    for _, found in counts.values():
        totals.update(found)
    section = token_section(reported, {}, 10_000)
    rows = rows_of(section, "tokens")
    assert section.lead == f"All {len(totals)} sampled tokens of the result."
    assert len(rows) == len(totals)
    for row in rows:
        raw = _native.unmap_bytes(row["token"])
        assert (row["text"], row["kind"]) == (_native.readable_text(raw), _native.token_kind(raw))
        assert (row["count"], row["share"]) == (totals[raw], totals[raw] / 125)
        assert row["rank"] == 1 + sum(count > totals[raw] for count in totals.values())
        for name, (_, found) in counts.items():
            assert row[f"count_{name}"] == found.get(raw, 0)
    order = [(-row["count"], row["token"]) for row in rows]
    assert order == sorted(order)


def test_some_tokens_say_what_is_left_out_and_where_it_is(reported: Reported) -> None:
    numbers = LanguageNumbers.of(reported)
    section = token_section(reported, numbers.typical, 60)
    (table,) = tables_of([section])
    shown = set(column_of(section, "tokens", "token"))
    assert section.lead.startswith(f"{len(table.rows)} of {len(reported.sampled.total)} sampled tokens")
    assert f" {len(reported.sampled.total) - len(table.rows)} tokens are left out." in table.caption
    assert "tokstats top" in table.caption
    assert {one.token.token for found in numbers.typical.values() for one in found} <= shown
    assert table.can_be_searched


def test_kind_and_language_are_filters(reported: Reported) -> None:
    (table,) = tables_of([token_section(reported, {}, 5)])
    assert {column.name: column.filter for column in table.columns if column.filter} == {
        "kind": "Kind",
        "count_go": "Language",
        "count_c": "Language",
        "count_lua": "Language",
    }


def test_language_without_batches_has_no_column(tmp_path: Path) -> None:
    result = Reported.of(odd_results(tmp_path)["a language without batches"])
    names = [column.name for column in next(tables_of([token_section(result, {}, 5)])).columns]
    assert names == ["text", "token", "kind", "rank", "share", "count", "count_go", "count_c"]
