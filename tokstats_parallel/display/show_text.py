"""Prints single tokens of a result for a reader."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from tokstats_parallel import _native
from tokstats_parallel.answers.impossible import Reason
from tokstats_parallel.answers.shown_token import ShownToken, ShownTokens
from tokstats_parallel.answers.top import CountedToken
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.summary_text import percent
from tokstats_parallel.display.token_lines import add_row, plain_table, print_table
from tokstats_parallel.errors import printable
from tokstats_parallel.system.wording import counted

_LONGEST_SHOWN = 60


def print_shown(shown: ShownTokens, console: PatientConsole) -> None:
    """Prints for each token how it was read, its counts, why one of zero is zero, and its neighbours."""
    for number, one in enumerate(shown.tokens):
        if number:
            console.put("")
        for line in _head(one):
            console.put(printable(line))
        if one.counts[0].count:
            _print_counts(one, console)
        else:
            _print_zero(one, shown, console)
        for line in _neighbours(one):
            console.put(printable(line))


def _head(one: ShownToken) -> Iterator[str]:
    raw = _clipped(one.raw[:_LONGEST_SHOWN].hex(" "))
    yield f"{_clipped(one.text)}   (typed '{_clipped(one.typed)}', read as {one.reading})"
    yield f"  token {_clipped(one.token)}, {counted(len(one.raw), 'byte')} {raw}, {one.kind}"
    if one.fixed:
        yield "  in every vocabulary, and so not sampled"


def _clipped(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _print_counts(one: ShownToken, console: PatientConsole) -> None:
    table = plain_table(
        ("", "left"), ("batches", "right"), ("of", "right"), ("share", "right"), ("rank", "right"), ("sampled", "right")
    )
    for count in one.counts:
        ranks = ("" if rank is None else f"{rank:,}" for rank in (count.rank, count.sampled_rank))
        shown = percent(count.count, count.batches) if count.batches else ""
        add_row(table, [f"  {count.language or 'all'}", f"{count.count:,}", f"{count.batches:,}", shown, *ranks])
    print_table(table, console)


def _print_zero(one: ShownToken, shown: ShownTokens, console: PatientConsole) -> None:
    """Prints why a count is zero: the reason that holds for every run, or the bound that this run gives."""
    if one.why_never:
        console.put(printable(f"  never drawn: {_reason(one)}"))
        return
    absent = "not seen" if shown.least == 1 else f"in fewer than {shown.least} batches, which the result leaves out"
    console.put(f"  {absent}, though some text can give it; its inclusion probability is below, with 95 % confidence:")
    table = plain_table(("", "left"), ("batches", "right"), ("if independent", "right"), ("at worst", "right"))
    for count in one.counts:
        independent, worst = count.bound or (1.0, 1.0)
        add_row(
            table,
            [f"  {count.language or 'all'}", f"{count.batches:,}", _probability(independent), _probability(worst)],
        )
    print_table(table, console)
    console.put(f"  (at worst, {shown.window} consecutive draws say no more than one, because they share texts)")


def _reason(one: ShownToken) -> str:
    """Returns the sentence about the reason why a token is never drawn."""
    found = one.impossible
    offset = (found.offset if found else None) or 0
    sides = (one.raw[:offset], one.raw[offset:])
    cut = " | ".join(_clipped(_native.readable_text(side)) for side in sides if side)
    pretokens = _clipped(" | ".join(_native.readable_text(pretoken.encode()) for pretoken in one.pretokens))
    sentences = {
        Reason.TOO_LONG: f"it has {len(one.raw)} bytes, and a substring has up to 15",
        Reason.TWO_BLANKS: "it has two white-space characters or more, and is none of the 135 pieces that are fixed",
        Reason.NOT_UTF8: f"no text has these bytes, which are no UTF-8: {cut}",
        Reason.MARK: f"a letter is joined with a combining mark, where the sampler's split cuts: {cut}",
        Reason.BORDER: f"it crosses a pretoken's border in any text: {cut}"
        + (f"; the split of this text alone is {pretokens}" if len(one.pretokens) > 2 else ""),  # noqa: PLR2004
    }
    return sentences.get(found.reason, f"it is a {found.reason}") if found else ""


def _probability(value: float) -> str:
    """Returns a probability in per cent with two digits, but without an exponent: 100 % and 0.00006 %."""
    return f"{Decimal(f'{100 * value:.2g}'):f} %"


def _neighbours(one: ShownToken) -> Iterator[str]:
    if one.longer:
        more = f" (the most frequent of {one.longer_tokens:,})" if one.longer_tokens > len(one.longer) else ""
        yield f"  begin with it:{more} {_listed(one.longer, one)}"
    if one.prefixes:
        yield f"  it begins with: {_listed(one.prefixes, one)}"
    if one.near:
        yield f"  nearest in the result: {_listed(one.near, one)}"


def _listed(tokens: Sequence[CountedToken], one: ShownToken) -> str:
    batches = one.counts[0].batches
    return "  ".join(f"{token.text} {percent(token.count, batches)}" for token in tokens)
