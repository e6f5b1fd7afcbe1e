"""Comparison: what differs between two results, A and B."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tokstats_parallel.answers.comparison.answer import ComparisonAnswer
from tokstats_parallel.answers.comparison.compare import Comparison
from tokstats_parallel.answers.comparison.lines import WordLine
from tokstats_parallel.answers.comparison.significance import FALSE_DISCOVERY_RATE
from tokstats_parallel.report.contents import Block, Column, DataTable, KeyNumber, Kind, Section
from tokstats_parallel.report.words import a_or_b, percent
from tokstats_parallel.system.wording import listed

LINES = 15
"""Largest number of lines of each list."""
_DRAWN = "batches of "
"""Beginning of the name of a setting that is a number of batches of a language, which the seed decides."""
_MOST_NAMES = 5
_LISTS = {
    "movers": "largest difference of the shares",
    "typical_a": "typical of A",
    "typical_b": "typical of B",
    "only_a": "only in A",
    "only_b": "only in B",
}


def comparison_summary(answer: ComparisonAnswer) -> list[str]:
    """Returns the sentences that say in half a minute what differs."""
    made, (one, other) = answer.comparison, side_names(answer)
    names = f"A ({one}) and B ({other})"
    if made.same:
        return [f"{names} have the same counts of all tokens, of equally many batches."]
    return [
        _verdict(made, f" between {names}"),
        (
            f"Their vocabularies overlap by {percent(made.overlap.weighted_jaccard)} (weighted by how often tokens are "
            f"sampled): {made.overlap.common:,} sampled tokens are in both, {made.overlap.left_only:,} in A alone and "
            f"{made.overlap.right_only:,} in B alone."
        ),
        _settings_sentence(answer),
    ]


def side_names(answer: ComparisonAnswer) -> tuple[str, str]:
    """Returns the file names of both results, with their folders where the names are equal."""
    one, other = (chosen.result for chosen in answer.chosen)
    if one.name != other.name:
        return one.name, other.name
    return f"{one.parent.name}/{one.name}", f"{other.parent.name}/{other.name}"


def comparison(answer: ComparisonAnswer) -> Section:
    """Makes the section."""
    blocks: list[Block] = [_numbers(answer.comparison), _sides(answer)]
    if answer.settings:
        blocks.append(_settings(answer))
    if rows := list(_rows(answer)):
        blocks.append(_lists(rows, answer.comparison))
    lead = "Both results have the same counts." if answer.comparison.same else _verdict(answer.comparison)
    return Section(
        "comparison", "What differs between A and B", " ".join([lead, *map(_sentence, _notes(answer.notes))]), blocks
    )


def _notes(notes: Sequence[str]) -> Sequence[str]:
    """Returns notes, those of B in one if they are the same as those of A."""
    of_a, of_b = ([note.removeprefix(side) for note in notes if note.startswith(side)] for side in ("A: ", "B: "))
    if not of_a or of_a != of_b:
        return notes
    return [*notes[: len(of_a)], "the same is true of B", *notes[2 * len(of_a) :]]


def _sentence(note: str) -> str:
    return f"{note[:1].upper()}{note[1:]}."


def _verdict(made: Comparison, sides: str = "") -> str:
    tests = made.significance
    found = tests.left + tests.right
    if not found:
        return f"No token differs by more than chance{sides}."
    return (
        f"{found:,} of {tests.tested:,} tested tokens differ by more than chance{sides}: {tests.left:,} are more "
        f"frequent in A, {tests.right:,} in B."
    )


def _settings_sentence(answer: ComparisonAnswer) -> str:
    names = [difference.name for difference in answer.settings]
    if not names:
        return "No setting is known to differ between the runs."
    drawn = [name for name in names if name.startswith(_DRAWN)]
    chosen = [name for name in names if name not in drawn]
    if drawn:
        chosen.append(f"batches of {a_or_b(len(drawn), 'language', 'languages')}")
    return f"The runs differ in: {listed(chosen, _MOST_NAMES)}."


def _numbers(made: Comparison) -> tuple[KeyNumber, ...]:
    overlap, tests = made.overlap, made.significance
    correlation = overlap.rank_correlation
    return (
        KeyNumber(
            "Weighted overlap",
            percent(overlap.weighted_jaccard),
            "Sum of the smaller inclusion probabilities over the sum of the larger ones (weighted Jaccard).",
        ),
        KeyNumber(
            "Common tokens", f"{overlap.common:,}", "Sampled tokens of both.", f"{percent(overlap.jaccard)} of all"
        ),
        KeyNumber(
            "Significant differences",
            f"{tests.left + tests.right:,}",
            "Tokens whose inclusion probabilities differ by more than chance.",
            f"of {tests.tested:,} tested, with a false discovery rate of {percent(FALSE_DISCOVERY_RATE, 0)}",
        ),
        KeyNumber(
            "Distance",
            f"{overlap.divergence:.4f} bits",
            "Jensen-Shannon divergence of the counts: 0 for equal ones, 1 without a common token.",
        ),
        KeyNumber(
            "Correlation",
            "not defined" if correlation is None else f"{correlation:.3f}",
            "Spearman's correlation of the counts of the common tokens.",
        ),
    )


def _sides(answer: ComparisonAnswer) -> DataTable:
    made = answer.comparison
    sides = zip("AB", side_names(answer), (made.left, made.right), strict=True)
    return DataTable(
        "sides",
        "The two results. Batches of pools that overlap are worth at least the number of effective batches, by which "
        "differences are tested.",
        (
            Column("side", "Side", Kind.TEXT),
            Column("result", "Result", Kind.TEXT),
            Column("batches", "Batches"),
            Column("effective", "Effective batches"),
            Column("tokens", "Sampled tokens"),
        ),
        [(side, name, facts.batches.batches, facts.batches.effective, facts.tokens) for side, name, facts in sides],
    )


def _settings(answer: ComparisonAnswer) -> DataTable:
    return DataTable(
        "differing-settings",
        "Settings and data that differ between the runs.",
        (Column("setting", "Setting", Kind.TEXT), Column("a", "A", Kind.TEXT), Column("b", "B", Kind.TEXT)),
        [(one.name, _value(one.left), _value(one.right)) for one in answer.settings],
    )


def _value(value: Any) -> str | None:  # noqa: ANN401 - any value of a JSON
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lists(rows: Sequence[tuple[Any, ...]], made: Comparison) -> DataTable:
    found = made.significance.left + made.significance.right
    return DataTable(
        "differing-tokens",
        "Tokens that differ most: those whose shares moved most, those typical of one side by the z-score of their log "
        f"odds, and the most frequent ones that only one side has; {LINES} of each. Tokens that are parts of one word "
        "make one row, with the strongest of them. `tokstats compare A B --top 1000 --csv` lists more."
        + ("" if found else " None of them differs by more than chance."),
        (
            Column("list", "List", Kind.TEXT, filter="List"),
            Column("word", "Word", Kind.TOKEN),
            Column("token", "Strongest token", Kind.TOKEN),
            Column("share_a", "Share in A", Kind.SHARE),
            Column("share_b", "Share in B", Kind.SHARE),
            Column("rank_a", "Rank in A"),
            Column("rank_b", "Rank in B"),
            Column("z", "z", Kind.NUMBER),
            Column("significant", "Beyond chance", Kind.TEXT),
        ),
        rows,
        can_be_searched=True,
    )


def _rows(answer: ComparisonAnswer) -> Iterator[tuple[Any, ...]]:
    for name, lines in answer.lists().items():
        for line in lines:
            yield (_LISTS[name], *_cells(line))


def _cells(line: WordLine) -> tuple[Any, ...]:
    token = line.tokens[0]
    return line.text, token.text, *token.shares, *token.ranks, token.z, "yes" if token.is_significant else "no"
