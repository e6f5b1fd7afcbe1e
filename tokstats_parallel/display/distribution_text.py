"""Prints the distribution of the counts of a result for a reader, with bars."""

from collections.abc import Callable, Sequence

from rich.bar import Bar
from rich.text import Text

from tokstats_parallel.answers.count_histogram import CLASSES
from tokstats_parallel.answers.distribution import TABLES, Distribution
from tokstats_parallel.answers.groups import FIXED, LEFT_OUT, Group
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.summary_text import percent
from tokstats_parallel.display.token_lines import add_row, pieces_text, plain_table, print_table, share_text
from tokstats_parallel.errors import printable
from tokstats_parallel.system.wording import counted

_BAR_WIDTH = 30
_MEANINGS = {
    FIXED: "in every vocabulary, not sampled",
    "certain": "sampled by every batch",
    "stable": "50 % of the batches or more",
    "variable": "1 % to 50 %",
    "rare": "below 1 %, but twice or more",
    "once": "one batch only",
    LEFT_OUT: "too rare for the result (--min-count)",
}


def print_distribution(found: Distribution, console: PatientConsole, *, table: str | None = None) -> None:
    """Prints the tables of a distribution, or one of them."""
    tokens = counted(found.unique_tokens, "token")
    batches = counted(found.batches, "batch") + (f" of {found.language}" if found.language else "")
    console.put(printable(f"{tokens} in {batches}; {found.vocabulary:,.1f} pieces a vocabulary on average"))
    for name in TABLES if table is None else (table,):
        console.put("")
        _PRINTERS[name](found, console)


def _print_groups(title: str, groups: Sequence[Group], notes: Sequence[str], console: PatientConsole) -> None:
    table = plain_table(
        (title, "left"), ("tokens", "right"), ("a vocabulary", "right"), ("share", "right"), ("", "left"), ("", "left")
    )
    most = max((one.share for one in groups), default=0) or 1
    for one, note in zip(groups, notes, strict=True):
        cells = [
            Text(one.name),
            *map(
                Text, ("?" if one.tokens is None else f"{one.tokens:,}", pieces_text(one.pieces), share_text(one.share))
            ),
        ]
        table.add_row(*cells, Bar(most, 0, one.share, width=_BAR_WIDTH), Text(note))
    print_table(table, console)


def _print_classes(found: Distribution, console: PatientConsole) -> None:
    _print_groups("class", found.classes, [_MEANINGS[one.name] for one in found.classes], console)


def _print_lengths(found: Distribution, console: PatientConsole) -> None:
    _print_groups("bytes", found.lengths, [""] * len(found.lengths), console)


def _print_kinds(found: Distribution, console: PatientConsole) -> None:
    _print_groups("kind", found.kinds, [""] * len(found.kinds), console)


def _print_languages(found: Distribution, console: PatientConsole) -> None:
    columns = ("language", "batches", "tokens", *CLASSES)
    table = plain_table(*((name, "left" if name == "language" else "right") for name in columns))
    for one in found.languages:
        numbers = (one.batches, one.tokens, *(one.classes[name] for name in CLASSES))
        add_row(table, [one.language, *(f"{number:,}" for number in numbers)])
    print_table(table, console)


def _print_ranks(found: Distribution, console: PatientConsole) -> None:
    table = plain_table(("rank", "right"), ("batches", "right"), ("share", "right"), ("", "left"))
    for one in found.ranks:
        cells = map(Text, (f"{one.rank:,}", f"{one.count:,}", percent(one.count, found.batches)))
        table.add_row(*cells, Bar(1, 0, one.share, width=_BAR_WIDTH))
    print_table(table, console)


_PRINTERS: dict[str, Callable[[Distribution, PatientConsole], None]] = {
    "classes": _print_classes,
    "lengths": _print_lengths,
    "kinds": _print_kinds,
    "languages": _print_languages,
    "ranks": _print_ranks,
}
