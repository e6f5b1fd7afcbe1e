"""Prints the summary of a run's result for a reader: numbers, settings, most frequent tokens, written files."""

from collections.abc import Iterable, Mapping

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from tokstats_parallel import _native
from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.display.summary import Summary, TokenShare
from tokstats_parallel.errors import printable
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.system.wording import counted, listed

SHOWN_TOKENS = 10
"""Number of tokens that are printed for a language."""
_NAME_WIDTH = 24
"""Largest width of a language's name in front of its tokens, in columns of the terminal."""
SHOWN_LANGUAGES = 12
"""Largest number of languages whose tokens are printed; the languages with the most batches are chosen."""


def print_summary(summary: Summary, console: PatientConsole) -> None:
    """Prints the summary of a run for a reader."""
    for name, value in _facts(summary):
        console.put(f"{name + ':':<19}{value}")
    top = {language: tokens for language, tokens in summary.top_sampled_by_language.items() if tokens}
    if top:
        console.put("\nMost frequent sampled tokens, with the share of the language's batches that held them:")
        console.print(_tokens_of_languages(summary, top, console.width))
        console.put(
            f"(without {_native.FIXED_PIECES} bytes and pieces of white space and "
            f"{counted(summary.sampling['special_tokens'], 'special token')}, which every vocabulary holds)"
        )
    console.put("\nWritten:")
    for path in summary.output.values():
        console.put(f"  {path}")


def _facts(summary: Summary) -> Iterable[tuple[str, str]]:
    """Yields name and value of each line of facts."""
    sampling = summary.sampling
    yield "Total batches", f"{summary.total_batches:,}"
    yield "Total occurrences", f"{summary.total_occurrences:,}"
    yield "Unique tokens", f"{summary.unique_tokens:,}"
    if summary.min_count > 1:
        share = 100 * summary.written_occurrences / max(1, summary.total_occurrences)
        least = f"with a count of {summary.min_count:,} or more"
        yield "Written tokens", f"{summary.written_tokens:,} {least}, {share:.1f} % of the occurrences"
    yield "Average per batch", f"{summary.average_per_batch:,.1f}"
    yield "Languages", listed([f"{name} {batches:,}" for name, batches in summary.languages.items()])
    if summary.texts is not None:
        total = sum(summary.texts.values())
        yield "Texts", listed([f"{name} {100 * number / total:.1f} %" for name, number in summary.texts.items()])
    yield "Weights", summary.weights
    yield "Seed", str(summary.seed)
    yield "Vocabularies", _sizes(sampling)
    yield "Noise", _noise(sampling)
    yield "Pools", _pools(sampling)
    by = f"with {counted(summary.workers, 'worker')}" if summary.workers else "to merge the shards of tasks"
    yield "Time", f"{summary.seconds:,.1f} s {by}"


def _sizes(sampling: Mapping[str, float]) -> str:
    """Describes the sizes of the vocabularies before special tokens are added."""
    least, largest = sampling["vocabulary_min"], sampling["vocabulary_max"]
    if largest <= least:
        below = f", since tokenizer_sample_max is below tokenizer_sample_min, {least:,}" if largest < least else ""
        return f"{largest:,} pieces each{below}"
    bounds = f"{least:,} to {largest:,} pieces"
    mean = f"mean {sampling['vocabulary_mean']:,.10g}"
    return f"{bounds}, {mean}, standard deviation {sampling['vocabulary_std']:,.10g}"


def _noise(sampling: Mapping[str, float]) -> str:
    if not sampling["noise_mean"]:
        return "none (tokenizer_noise_mean is 0)"
    return f"median {sampling['noise_mean']:g}, standard deviation of its logarithm {sampling['noise_std']:g}"


def _pools(sampling: Mapping[str, float | str]) -> str:
    number = (
        f"{sampling['pools']} for {'all languages' if sampling['pooling'] != Pooling.SEPARATE else 'each language'}"
    )
    mixed = {Pooling.MIXED: ", languages mixed by text", Pooling.SHARED: ", a language for each batch"}
    how = mixed.get(Pooling(str(sampling["pooling"])), "")
    return f"{number}{how}, of {sampling['pool_texts']:,} texts of up to {sampling['text_characters']:,} characters"


def _tokens_of_languages(summary: Summary, top: Mapping[str, tuple[TokenShare, ...]], width: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(no_wrap=True, max_width=_NAME_WIDTH)
    table.add_column()
    chosen = sorted(top, key=lambda language: -summary.languages[language])[:SHOWN_LANGUAGES]
    names = min(_NAME_WIDTH, max(cell_len(printable(language)) for language in chosen))
    for language in [language for language in top if language in chosen]:
        shares = [
            f"{printable(share.token)}\N{NO-BREAK SPACE}{percent(share.count, summary.languages[language])}"
            for share in top[language][:SHOWN_TOKENS]
        ]
        # Text, not a string: a token may look like markup.
        table.add_row(
            Text(printable(language), overflow="ellipsis"), Text(_lines(shares, width - names - 4), overflow="fold")
        )
    if len(top) > len(chosen):
        table.add_row(
            "...", Text(f"and {counted(len(top) - len(chosen), 'language')} with fewer batches: see the Parquet")
        )
    return table


def _lines(shares: Iterable[str], width: int) -> str:
    """Puts as many shares in a line as fit; rich would also break a line between a token and its share."""
    lines = [""]
    for share in shares:
        longer = f"{lines[-1]}  {share}" if lines[-1] else share
        if lines[-1] and cell_len(longer) > width:
            lines.append(share)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def percent(count: int, batches: int) -> str:
    """Returns the share of `count` in `batches` in percent, with no more digits than a sample of that size carries.

    A share of a half has a standard error of 50 / sqrt(batches) percent, if the batches were independent.
    """
    digits = 0 if batches < 250_000 else 1  # noqa: PLR2004 - the error is 0.1 % there
    share = f"{100 * count / batches:.{digits}f}"
    if count < batches and float(share) == 100:  # noqa: PLR2004 - all of them
        return f">{100 - 10**-digits:.{digits}f} %"
    if count and float(share) == 0:
        return f"<{10**-digits:.{digits}f} %"
    return f"{share} %"
