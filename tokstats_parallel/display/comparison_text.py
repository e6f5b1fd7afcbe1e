"""Prints a comparison for a reader: settings that differ, the verdict, numbers, lists; and the matrix of languages."""

import json
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from tokstats_parallel.answers.comparison.answer import ComparisonAnswer
from tokstats_parallel.answers.comparison.compare import Comparison
from tokstats_parallel.answers.comparison.language_matrix import LanguageMatrix
from tokstats_parallel.answers.comparison.lines import ComparedToken, WordLine
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.summary_text import percent
from tokstats_parallel.display.token_lines import add_row, plain_table, print_table
from tokstats_parallel.errors import printable
from tokstats_parallel.system.wording import counted, listed

_SHOWN_FRAGMENTS = 4
_NONE = "-"
_HEAT = ((0.75, "bold green"), (0.5, "green"), (0.25, "yellow"))
"""Least value of a cell -> its style; the number is always there, too."""


def print_comparison(answer: ComparisonAnswer, console: PatientConsole) -> None:
    """Prints a comparison for a reader."""
    made = answer.comparison
    for chosen, facts in zip(answer.chosen, (made.left, made.right), strict=True):
        language = "" if chosen.language is None or chosen.language == chosen.name else f", {chosen.language}"
        console.put(
            f"{printable(chosen.name)}: {printable(str(chosen.result))}{printable(language)}: "
            f"{counted(facts.batches.batches, 'batch')}, {counted(facts.tokens, 'sampled token')}"
        )
    _print_settings(answer, console)
    console.put(f"\n{_verdict(made)}")
    if not made.same:
        for note in answer.notes:
            console.put(f"  {printable(note)}")
    console.put("")
    for name, value in _numbers(made):
        console.put(f"{name + ':':<28}{value}")
    left, right = printable(made.left.name), printable(made.right.name)
    for title, lines in (
        (f"Typical of {left}", made.typical_left),
        (f"Typical of {right}", made.typical_right),
        ("Largest differences of the shares", made.movers),
        (f"Only in {left}", made.left_only),
        (f"Only in {right}", made.right_only),
    ):
        _print_lines(title, lines, made, console)
    if not made.same:
        console.put(
            "\n(Shares of batches; * differs by more than chance; z, above 0 for what is typical of "
            f"{left}, is the"
            "\ndifference of the log odds over its error; a line has fragments of a word, and the numbers of the first)"
        )


def _print_settings(answer: ComparisonAnswer, console: PatientConsole) -> None:
    if answer.chosen[0].result == answer.chosen[1].result:
        return
    if not answer.settings:
        console.put("\nSettings, seeds and data are the same, as far as the results say.")
        return
    table = plain_table(("Differs", "left"), ("A", "left"), ("B", "left"))
    for name, left, right in answer.settings:
        add_row(table, [name, _value(left), _value(right)])
    console.put("")
    print_table(table, console)


def _value(value: object) -> str:
    """Returns a setting's value for a reader, as a config has it."""
    if value is None:
        return _NONE
    if isinstance(value, list):
        return listed([str(one) for one in value]) or "none"
    return value if isinstance(value, str) else json.dumps(value)


def _verdict(made: Comparison) -> str:
    tests = made.significance
    if made.same:
        return "Same: all counts are equal."
    if not tests.tested:
        return "Different counts, but too few batches to tell any difference from chance."
    if not tests.left + tests.right:
        return (
            f"Different counts, but no more than by chance: none of {counted(tests.tested, 'token')} differs by more."
        )
    return (
        f"Different: {tests.left + tests.right:,} of {counted(tests.tested, 'token')} differ by more than chance, "
        f"{tests.left:,} more frequent in {printable(made.left.name)} and {tests.right:,} in "
        f"{printable(made.right.name)} (false discovery rate 5 %)."
    )


def _numbers(made: Comparison) -> Iterator[tuple[str, str]]:
    overlap = made.overlap
    left, right = printable(made.left.name), printable(made.right.name)
    yield (
        "Tokens of both",
        f"{overlap.common:,}; only {left} {overlap.left_only:,}, only {right} {overlap.right_only:,}",
    )
    yield "Jaccard", f"{overlap.jaccard:.3f}"
    yield "Weighted Jaccard", f"{overlap.weighted_jaccard:.3f}"
    yield "Jensen-Shannon divergence", f"{overlap.divergence:.3f} bits"
    correlation = _NONE if overlap.rank_correlation is None else f"{overlap.rank_correlation:.3f}"
    yield "Rank correlation", f"{correlation} (Spearman, tokens of both)"


def _print_lines(title: str, lines: Sequence[WordLine], made: Comparison, console: PatientConsole) -> None:
    if not lines:
        return
    left, right = printable(made.left.name), printable(made.right.name)
    table = plain_table(
        *((title, "left"), (left, "right"), (right, "right"), ("", "left"), (f"rank {left}", "right")),
        *((f"rank {right}", "right"), ("z", "right"), ("fragments", "left")),
    )
    for line in lines:
        first = line.tokens[0]
        shares = [
            percent(count, max(side.batches.batches, 1))
            for count, side in zip(first.counts, (made.left, made.right), strict=True)
        ]
        ranks = [_NONE if rank is None else f"{rank:,}" for rank in first.ranks]
        significant = "*" if first.is_significant else ""
        add_row(table, [line.text, *shares, significant, *ranks, f"{first.z:+.1f}", _fragments(line.tokens)])
    console.put("")
    print_table(table, console)


def _fragments(tokens: Sequence[ComparedToken]) -> str:
    """Returns the tokens of a line, or nothing for a single one, which is the word itself."""
    if len(tokens) == 1:
        return ""
    shown = "  ".join(token.text for token in tokens[:_SHOWN_FRAGMENTS])
    rest = len(tokens) - _SHOWN_FRAGMENTS
    return f"{shown}  and {rest:,} more" if rest > 0 else shown


def print_matrix(matrix: LanguageMatrix, console: PatientConsole) -> None:
    """Prints the two matrices of the languages of a result."""
    console.put("Weighted Jaccard of the sampled tokens' shares: 1 for equal ones, 0 for no common token")
    print_table(_matrix(list(matrix.batches), matrix.weighted_jaccard, alike_is_high=True), console)
    console.put("\nJensen-Shannon divergence, in bits: 0 for equal ones, 1 for no common token")
    print_table(_matrix(list(matrix.batches), matrix.divergence, alike_is_high=False), console)


def _matrix(languages: Sequence[str], values: NDArray[np.float64], *, alike_is_high: bool) -> Table:
    table = plain_table(("", "left"), *((printable(language), "right") for language in languages))
    for language, row in zip(languages, values.tolist(), strict=True):
        cells = [Text(f"{value:.3f}", style=_style(value if alike_is_high else 1 - value)) for value in row]
        table.add_row(Text(printable(language)), *cells)
    return table


def _style(likeness: float) -> str:
    return next((style for least, style in _HEAT if likeness >= least), "")
