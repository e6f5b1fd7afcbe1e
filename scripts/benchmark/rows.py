"""Bench rows: figures that are measured, their scale, and their targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

Unit = Literal["GB/s", "x", "ms", "s", "MB"]


@dataclass(frozen=True, slots=True)
class BenchRow:
    """Row of the benchmark's table: a quantity with its unit and targets, but without its figure.

    Attributes:
        key: Name of the row in results and on the command line.
        label: Name for readers, with the sizes that it was measured with.
        unit: Unit of its figure.
        required: Figure that must be reached.
        goal: Figure that is aimed at.
        comparable: Whether it was measured with the sizes that the targets are for.
    """

    key: str
    label: str
    unit: Unit
    required: float
    goal: float
    comparable: bool = True

    @property
    def more_is_better(self) -> bool:
        """Returns True if a higher figure is better, because the row is a rate and not a cost."""
        return self.goal > self.required


@dataclass(frozen=True, slots=True)
class Figure:
    """Measured values of a bench row.

    Attributes:
        values: Value of each repetition, in the row's unit.
        peak_bytes: Greatest resident memory of any one process of the case, in bytes.
        details: Parts of the figure.
    """

    values: Sequence[float]
    peak_bytes: int
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """Median of the figure's values, in the row's unit."""
        return median(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Repetitions and sizes of a benchmark.

    Attributes:
        rounds: Repetitions of cases that take seconds.
        run_rounds: Repetitions of the run whose whole process is timed.
        starts: Repetitions of `tokstats --version`.
        steps: Stream batches whose stages are timed.
        run: Batches of the run whose whole process is timed.
        pair: Batches of the runs by one worker and by two.
        pair_seconds: Seconds for which the runs by one worker and by two are repeated.
        short: Batches of the short run, to whose cost of a batch the cost in the long run is compared.
        long: Batches of the long run.
        tokens: Distinct tokens that are merged and written.
    """

    rounds: int
    run_rounds: int
    starts: int
    steps: int
    run: int
    pair: int
    pair_seconds: float
    short: int
    long: int
    tokens: int


FULL = Scale(
    rounds=3,
    run_rounds=5,
    starts=21,
    steps=96,
    run=1_000,
    pair=10_000,
    pair_seconds=120.0,
    short=2_000,
    long=50_000,
    tokens=5_000_000,
)
QUICK = Scale(
    rounds=1,
    run_rounds=1,
    starts=5,
    steps=24,
    run=1_000,
    pair=1_000,
    pair_seconds=0.0,
    short=500,
    long=2_000,
    tokens=500_000,
)

_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def rows(scale: Scale, languages: int) -> list[BenchRow]:
    """Returns the rows of the table, in its order, for a config with this number of languages."""
    number = _NUMERALS[languages] if languages < len(_NUMERALS) else str(languages)
    named = f"{number} language{'s' * (languages != 1)}"
    pair, growth = scale.pair == FULL.pair, (scale.short, scale.long) == (FULL.short, FULL.long)
    run_label = f"{scale.run:,} batches, {named}, 2 workers, whole process"
    growth_label = f"cost of a batch at {scale.long:,} batches over that at {scale.short:,}"
    answers_label = (
        f"an answer about {scale.tokens:,} tokens (the slowest of top, show, distribution, compare, coverage)"
    )
    merge_label = f"merging and writing {scale.tokens:,} distinct tokens (JSON and Parquet)"
    return [
        BenchRow("split", "split alone, mostly-ASCII code", "GB/s", 0.8, 1.5),
        BenchRow("split-wide", "split alone, CJK, Cyrillic and mixed text (the slowest)", "GB/s", 0.3, 0.6),
        BenchRow("batch", "a whole batch", "ms", 4.0, 1.7),
        BenchRow("yardstick", "a whole batch, times as fast as the split alone by `tokenizers`", "x", 25.0, 60.0),
        BenchRow("draw", "draw and selection (the slowest noise level)", "ms", 1.0, 0.4),
        BenchRow("run", run_label, "s", 8.0, 4.0),
        BenchRow("scaling", f"2 workers over 1, {scale.pair:,} batches", "x", 1.85, 1.95, pair),
        BenchRow("growth", growth_label, "x", 1.3, 1.1, growth),
        BenchRow("memory", f"memory of a worker, {scale.pair:,} batches", "MB", 500.0, 250.0),
        BenchRow("version", "`tokstats --version`", "s", 0.15, 0.08),
        BenchRow("merge", merge_label, "s", 4.0, 2.0, scale.tokens == FULL.tokens),
        BenchRow("load", f"loading {scale.tokens:,} tokens in Python", "s", 1.0, 0.5, scale.tokens == FULL.tokens),
        BenchRow("answers", answers_label, "s", 3.0, 1.5, scale.tokens == FULL.tokens),
        BenchRow(
            "report",
            f"processor time of a report of {scale.tokens:,} tokens",
            "s",
            5.0,
            2.5,
            scale.tokens == FULL.tokens,
        ),
    ]
