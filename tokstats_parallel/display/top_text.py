"""Prints the most frequent tokens of a result for a reader."""

from tokstats_parallel.answers.top import TopTokens
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.summary_text import percent
from tokstats_parallel.display.token_lines import add_row, plain_table, print_table
from tokstats_parallel.system.wording import counted


def print_top(top: TopTokens, console: PatientConsole) -> None:
    """Prints a table of the tokens with their counts and shares, and a line about what it lists."""
    table = plain_table(
        ("", "right"), ("token", "left"), ("text", "left"), ("kind", "left"), ("batches", "right"), ("share", "right")
    )
    for number, one in enumerate(top.tokens, 1):
        kind = f"{one.kind}, fixed" if one.fixed else one.kind
        add_row(table, [f"{number:,}", one.token, one.text, kind, f"{one.count:,}", percent(one.count, top.batches)])
    if top.tokens:
        print_table(table, console)
    console.put(_about(top))


def _about(top: TopTokens) -> str:
    tokens = "sampled tokens" if top.sampled else "tokens"
    kind = f" of the kind {top.kind}" if top.kind else ""
    batches = counted(top.batches, "batch") + (f" of {top.language}" if top.language else "")
    if not top.tokens:
        return f"none of the {tokens}{kind} is in the vocabularies of the {batches}"
    hint = "" if top.sampled or not any(one.fixed for one in top.tokens) else "; --sampled leaves out fixed ones"
    return f"{len(top.tokens):,} most frequent {tokens}{kind}, of {batches}{hint}"
