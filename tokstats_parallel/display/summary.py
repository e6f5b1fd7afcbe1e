"""Summary of a run's result on stdout: lines for a reader, or one JSON object for a program."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Self

from rich.table import Table
from rich.text import Text

from tokstats_parallel.display.console import PatientConsole
from tokstats_parallel.errors import printable
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.system.wording import counted, listed

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class TokenShare:
    """Token, number of batches whose vocabularies held the token, and share of these batches in all, in percent."""

    token: str
    count: int
    percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Summary of a run's result, with the fields that `--json` prints.

    A change of the fields that would break programs raises `SCHEMA_VERSION`.

    Attributes:
        schema_version: Version of these fields, `SCHEMA_VERSION`.
        total_batches: Number of batches drawn.
        total_occurrences: Sum of the counts of all tokens.
        unique_tokens: Number of different tokens in the result.
        average_per_batch: Occurrences per batch, the mean size of a vocabulary in pieces.
        seed: Seed of the run's random streams.
        workers: Number of worker processes.
        seconds: Wall-clock seconds of the run.
        languages: Language -> number of batches that drew it; all batches are of `all` if languages are mixed.
        texts: Language -> number of texts in the pools of a mixed run; None if languages are not mixed.
        weights: Origin of the languages' weights, in words.
        top_tokens: The most frequent tokens, sorted by falling count, equal counts by code points.
        top_sampled_tokens: The most frequent tokens without the ones that every vocabulary holds: bytes, white-space
            pieces and special tokens.
        output: Kind of each written file, `json`, `parquet` or `manifest`, -> path of the file.
    """

    schema_version: int
    total_batches: int
    total_occurrences: int
    unique_tokens: int
    average_per_batch: float
    seed: int
    workers: int
    seconds: float
    languages: dict[str, int]
    texts: dict[str, int] | None
    weights: str
    top_tokens: tuple[TokenShare, ...]
    top_sampled_tokens: tuple[TokenShare, ...]
    output: dict[str, str]

    @classmethod
    def of(cls, collected: Collected) -> Self:
        """Makes the summary of a run whose result is written."""
        facts, written, paths = collected.facts, collected.written, collected.output
        batches, totals = facts.job.num_batches, written.totals

        def shares(tokens: Iterable[tuple[str, int]]) -> tuple[TokenShare, ...]:
            return tuple(TokenShare(token, count, 100 * count / batches) for token, count in tokens)

        return cls(
            schema_version=SCHEMA_VERSION,
            total_batches=batches,
            total_occurrences=totals.occurrences,
            unique_tokens=totals.tokens,
            average_per_batch=totals.occurrences / batches,
            seed=facts.job.seed,
            workers=facts.workers,
            seconds=round(sum(collected.seconds.values()), 3),
            languages=dict(facts.batches),
            texts=None if facts.texts is None else dict(facts.texts),
            weights=facts.job.facts.weights,
            top_tokens=shares(written.top),
            top_sampled_tokens=shares(written.top_sampled),
            output={"json": str(paths.json), "parquet": str(paths.parquet), "manifest": str(paths.manifest)},
        )

    def to_json(self) -> str:
        """Returns the summary as one line of JSON, in ASCII so that every terminal and pipe accepts it."""
        return json.dumps(asdict(self))


def print_summary(summary: Summary, console: PatientConsole) -> None:
    """Prints the summary of a run for a reader: numbers, languages, the most frequent tokens, the written files."""
    for name, value in (
        ("Total batches", f"{summary.total_batches:,}"),
        ("Total occurrences", f"{summary.total_occurrences:,}"),
        ("Unique tokens", f"{summary.unique_tokens:,}"),
        ("Average per batch", f"{summary.average_per_batch:,.1f}"),
        ("Languages", listed([f"{name} {batches:,}" for name, batches in summary.languages.items()])),
        *_mixed_texts(summary),
        ("Weights", summary.weights),
        ("Time", f"{summary.seconds:,.1f} s with {counted(summary.workers, 'worker')}"),
    ):
        console.put(f"{name + ':':<19}{value}")
    console.put(f"\n{len(summary.top_tokens)} most frequent tokens, with the share of batches that held them:")
    console.print(_token_table(summary.top_tokens))
    if summary.top_sampled_tokens:
        console.put(f"\n{len(summary.top_sampled_tokens)} most frequent of those that are sampled:")
        console.print(_token_table(summary.top_sampled_tokens))
    console.put("\nWritten:")
    for path in summary.output.values():
        console.put(f"  {path}")


def _mixed_texts(summary: Summary) -> list[tuple[str, str]]:
    """Returns the line with the shares of the languages in the texts of a mixed run; none for any other run."""
    if summary.texts is None:
        return []
    total = sum(summary.texts.values())
    return [("Texts", listed([f"{name} {number / total:.1%}" for name, number in summary.texts.items()]))]


def _token_table(tokens: tuple[TokenShare, ...]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(justify="right", no_wrap=True)
    table.add_column()  # the only column that shrinks on a narrow terminal
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for rank, share in enumerate(tokens, 1):
        # Text, not a string: a token may look like markup.
        token = Text(printable(share.token), no_wrap=True, overflow="ellipsis")
        table.add_row(str(rank), token, f"{share.count:,}", f"{share.percent:.2f} %")
    return table
