"""Prints the coverage of tokenizers for a reader: numbers by language, a histogram, pieces never sampled."""

from rich.bar import Bar
from rich.table import Table
from rich.text import Text

from tokstats_parallel.answers.coverage import BINS, Coverage, Share, TokenizerCoverage
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.token_lines import print_table
from tokstats_parallel.errors import printable
from tokstats_parallel.system.wording import counted

_BAR_WIDTH = 40
_TEXT_WIDTH = 24
_LEAST_WIDTH = 72
"""Least width of the table that folds its pieces, in columns; a terminal of fewer breaks its lines."""
_ALL = "all languages"


def print_coverage(coverage: Coverage, console: PatientConsole) -> None:
    """Prints the coverage of each tokenizer."""
    for number, one in enumerate(coverage.tokenizers):
        if number:
            console.put("")
        console.put(f"{printable(one.pieces.name)}: {printable(one.pieces.reading)}")
        console.put(f"{_facts(one)}.")
        if coverage.min_count > 1:
            console.put(
                f"The result has only tokens of {coverage.min_count:,} batches or more; others count as not seen."
            )
        if len(one.pieces.ids) > one.fixed.sum():
            _print_sampled(one, console)


def _print_sampled(one: TokenizerCoverage, console: PatientConsole) -> None:
    """Prints the coverage of a tokenizer that has pieces that are not fixed."""
    console.put("\nPieces that some vocabulary held, and the mean inclusion probability of all:")
    print_table(_languages(one), console)
    console.put("\nPieces by inclusion probability, in all languages:")
    print_table(_histogram(one.share), console)
    if one.reasons:
        console.put("\nPieces that no vocabulary held, with those of the lowest ids:")
        print_table(_never(one), console, at_most=max(console.width, _LEAST_WIDTH))
    if one.scripts:
        console.put("\nPieces in which a letter and a combining mark are joined, which the sampler's split never does:")
        print_table(_scripts(one), console)


def _facts(one: TokenizerCoverage) -> str:
    pieces, fixed = len(one.pieces.ids), int(one.fixed.sum())
    apart = f" beside {counted(one.pieces.apart, 'added or special token')}" if one.pieces.apart else ""
    return (
        f"{counted(pieces, 'piece')}{apart}: {fixed:,} in every vocabulary, {pieces - fixed:,} that can only be sampled"
    )


def _languages(one: TokenizerCoverage) -> Table:
    """Returns the table of the coverage by language, of the pieces that are not fixed."""
    table = _grid()
    table.add_column(no_wrap=True)
    for _ in range(4):
        table.add_column(justify="right", no_wrap=True)
    table.add_row("", "batches", "pieces", "share", "mean")
    shares = {_ALL: one.share} | ({} if len(one.languages) < 2 else dict(one.language_shares))  # noqa: PLR2004 - one is all
    for language, share in shares.items():
        numbers = (f"{share.sampled:,}", _percent(share.sampled_share), _probability(share.mean_inclusion))
        table.add_row(Text(f"  {printable(language)}"), f"{share.batches:,}", *numbers)
    return table


def _histogram(share: Share) -> Table:
    table = _grid()
    table.add_column(no_wrap=True)
    table.add_column(justify="right")
    table.add_column()
    bounds = ["0", *(f"up to {place / BINS:.1f}" for place in range(1, BINS)), "below 1", "1"]
    most = max(share.histogram)
    for bound, number in zip(bounds, share.histogram, strict=True):
        table.add_row(f"  {bound}", f"{number:,}", Bar(most or 1, 0, number, width=_BAR_WIDTH))
    return table


def _never(one: TokenizerCoverage) -> Table:
    """Returns the table of the reasons, each with some pieces."""
    table = _grid()
    table.add_column(min_width=28)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()
    for reason, number in one.never_sampled.items():
        pieces = "  ".join(_shortened(printable(one.text(index))) for index in one.notable(reason))
        table.add_row(Text(f"  {reason}"), f"{number:,}", Text(pieces, overflow="fold"))
    return table


def _scripts(one: TokenizerCoverage) -> Table:
    """Returns the table of the scripts that have such pieces."""
    table = _grid()
    for _ in range(4):
        table.add_column(justify="left" if not table.columns else "right", no_wrap=True)
    table.add_row("", "joined", "of all pieces", "ever sampled")
    for script in one.scripts:
        table.add_row(f"  {script.name}", f"{script.joined:,}", f"{script.pieces:,}", f"{script.sampled:,}")
    return table


def _grid() -> Table:
    return Table.grid(padding=(0, 2, 0, 0), pad_edge=False)


def _shortened(text: str) -> str:
    return text if len(text) <= _TEXT_WIDTH else f"{text[: _TEXT_WIDTH - 1]}…"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _probability(mean: float | None) -> str:
    return "-" if mean is None else f"{mean:.4f}"
