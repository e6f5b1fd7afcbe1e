"""Five numbers: classes and shares recomputed token by token."""

from collections import Counter
from pathlib import Path

import pytest
from support.pages import column_of, figures_of, key_numbers, rows_of
from support.report_results import Counts, odd_results, random_result
from support.small_result import small_result

from tokstats_parallel import _native
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.five_numbers import five_numbers

FIXED = len(_native.fixed_pieces()) + 1


def class_of(count: int, batches: int) -> str:
    if count == batches:
        return "certain"
    if count == 1:
        return "once"
    return "stable" if 2 * count >= batches else "variable" if 100 * count >= batches else "rare"


def totals_of(counts: Counts) -> Counter[bytes]:
    totals = Counter[bytes]()
    for _, found in counts.values():
        totals.update(found)
    return totals


def occurrences_by_class(counts: dict[bytes, int], batches: int) -> dict[str, int]:
    found = Counter({"fixed": FIXED * batches})
    for count in counts.values():
        found[class_of(count, batches)] += count
    return dict(found)


def test_classes_of_all_tokens(reported: Reported, counts: Counts) -> None:
    totals = totals_of(counts)
    tokens = Counter(class_of(count, 125) for count in totals.values())
    occurrences = occurrences_by_class(dict(totals), 125)
    rows = {row["class"]: row for row in rows_of(five_numbers(reported), "classes")}
    assert list(rows) == ["fixed", "certain", "stable", "variable", "rare", "once"]
    for name, row in rows.items():
        assert row["tokens"] == (FIXED if name == "fixed" else tokens[name])
        assert row["pieces"] == pytest.approx(occurrences.get(name, 0) / 125)
        assert row["share"] == pytest.approx(occurrences.get(name, 0) / sum(occurrences.values()))


def test_key_numbers_have_the_classes_and_their_shares(reported: Reported, counts: Counts) -> None:
    section = five_numbers(reported)
    numbers = key_numbers(section)
    classes = Counter(class_of(count, 125) for count in totals_of(counts).values())
    assert list(numbers) == ["Certain", "Stable", "Rare", "Seen once", "Unseen"]
    for label, name in zip(numbers, ("certain", "stable", "rare", "once"), strict=False):
        assert numbers[label].value == f"{classes[name]:,}"
    (stable,) = (row for row in rows_of(section, "classes") if row["class"] == "stable")
    share = f"{100 * stable['share']:.1f}\N{NO-BREAK SPACE}%"
    assert numbers["Stable"].note == f"{share} of an average vocabulary ({stable['pieces']:.1f} pieces)"


def test_lead_has_the_variable_tokens(reported: Reported) -> None:
    section = five_numbers(reported)
    (variable,) = (row for row in rows_of(section, "classes") if row["class"] == "variable")
    assert section.lead == (
        f"Between stable and rare: {variable['tokens']} variable tokens, "
        f"{100 * variable['share']:.1f}\N{NO-BREAK SPACE}% of an average vocabulary."
    )


def test_a_class_without_tokens_fills_nothing(tmp_path: Path) -> None:
    numbers = key_numbers(five_numbers(Reported.of(small_result(tmp_path / "one", {"go": (9, {b"ab": 2})}))))
    assert (numbers["Certain"].value, numbers["Certain"].note) == ("0", "")


def test_unseen_tokens_are_estimated_for_batches_and_for_windows(reported: Reported, counts: Counts) -> None:
    totals = list(totals_of(counts).values())
    once, twice = totals.count(1), totals.count(2)
    windows = [-(-count // 3) for count in totals]  # 41 windows of 3 batches
    at_worst = 40 / 41 * windows.count(1) ** 2 / 2 / windows.count(2)
    unseen = key_numbers(five_numbers(reported))["Unseen"]
    assert unseen.value == f"≥\N{NO-BREAK SPACE}{124 / 125 * once**2 / 2 / twice:.0f}"
    assert unseen.meaning.endswith(f"Since batches share texts, there may be up to {at_worst:.0f}.")


def test_composition_of_each_language(reported: Reported, counts: Counts) -> None:
    section = five_numbers(reported)
    assert column_of(section, "composition", "language") == ["all batches", *counts]
    of_language = rows_of(section, "composition")[1:]
    for row, (batches, found) in zip(of_language, counts.values(), strict=True):
        occurrences = occurrences_by_class(found, batches)
        whole = sum(occurrences.values())
        rare = occurrences.get("rare", 0) + occurrences.get("once", 0)
        assert row["rare_or_once"] == pytest.approx(rare / whole)
        for name in ("fixed", "certain", "stable", "variable"):
            assert row.get(name, 0) == pytest.approx(occurrences.get(name, 0) / whole)


def test_caption_compares_languages_with_all_batches(reported: Reported, tmp_path: Path) -> None:
    section = five_numbers(reported)
    core = {
        row["language"]: row["fixed"] + row.get("certain", 0) + row["stable"] for row in rows_of(section, "composition")
    }
    whole = core.pop("all batches")
    (low, least), *_, (high, most) = sorted(core.items(), key=lambda one: one[1])
    shares = [f"{100 * share:.1f}\N{NO-BREAK SPACE}%" for share in (whole, least, most)]
    (figure,) = figures_of(section)
    assert figure.caption.endswith(
        f" Fixed, certain and stable tokens fill {shares[0]} in all batches, and {shares[1]} ({low}) to {shares[2]} "
        f"({high}) in those of a language."
    )
    (alone,) = figures_of(five_numbers(Reported.of(small_result(tmp_path / "one", random_result({"go": 60})))))
    assert alone.caption.endswith("in those of each language.")


def test_low_least_count_leaves_all_numbers_of_all_batches_known(tmp_path: Path) -> None:
    counts = random_result({"go": 60, "c": 40})
    whole, less = (
        five_numbers(Reported.of(small_result(tmp_path / str(least), counts, min_count=least))) for least in (1, 3)
    )
    assert key_numbers(less) == key_numbers(whole)
    assert rows_of(less, "classes") == rows_of(whole, "classes")
    (*_, last) = (name for name in rows_of(less, "composition")[0])
    assert last == "left_out"  # of the languages, whose rare tokens are not known
    assert column_of(less, "composition", "left_out")[0] == 0
    assert min(column_of(less, "composition", "left_out")[1:]) > 0


def test_higher_least_count_leaves_rare_tokens_unknown(tmp_path: Path) -> None:
    counts = random_result({"go": 60, "c": 40})
    section = five_numbers(Reported.of(small_result(tmp_path / "five", counts, min_count=5)))
    left_out = [count for count in totals_of(counts).values() if count < 5]
    numbers = key_numbers(section)
    assert [numbers[label].value for label in ("Rare", "Seen once", "Unseen")] == ["≥\N{NO-BREAK SPACE}0"] + [
        "not known"
    ] * 2
    *_, last = rows_of(section, "classes")
    assert (last["class"], last["tokens"], last["pieces"]) == ("left out", len(left_out), sum(left_out) / 100)


def test_single_batch_is_said_to_tell_nothing(tmp_path: Path) -> None:
    section = five_numbers(Reported.of(odd_results(tmp_path)["one batch"]))
    assert section.lead.startswith("A single vocabulary says nothing")
    assert key_numbers(section)["Unseen"].value == "not known"
