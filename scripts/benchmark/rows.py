"""The table: what is measured, on what scale, and the targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Literal

Unit = Literal["GB/s", "x", "ms", "s", "MB"]


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured.

    Attributes:
        key: Names the row in results and on the command line.
        label: Names it for readers, with the numbers that it was measured with.
        unit: Of its figure.
        required: The figure that has to be reached.
        goal: The figure that is aimed at.
        comparable: Whether it was measured with the numbers that the targets are for.
    """

    key: str
    label: str
    unit: Unit
    required: float
    goal: float
    comparable: bool = True

    @property
    def more_is_better(self) -> bool:
        """Whether the figure is a rate rather than a cost."""
        return self.goal > self.required


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured of a row.

    Attributes:
        values: Its figure in each repetition, in the row's unit.
        peak_bytes: The most resident memory of any one process of the case.
        details: What the figure is made of.
    """

    values: Sequence[float]
    peak_bytes: int
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def median(self) -> float:
        """The middle of the values."""
        return median(self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured.

    Attributes:
        rounds: Repetitions of what takes seconds.
        run_rounds: Repetitions of the run that is timed whole.
        starts: Repetitions of `tokstats --version`.
        steps: Stream batches whose stages are timed.
        run: Batches of the run that is timed whole.
        pair: Batches of the runs by one worker and by two.
        pair_seconds: These are repeated until they have taken so long.
        short: Batches of the run with whose cost a batch the longer one's is compared.
        long: Batches of the longer one.
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

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def rows(scale: Scale, languages: int) -> list[Row]:
    """The table's rows, in its order, for a config of so many languages."""
    number = _NUMBERS[languages] if languages < len(_NUMBERS) else str(languages)
    named = f"{number} language{'s' * (languages != 1)}"
    pair, growth = scale.pair == FULL.pair, (scale.short, scale.long) == (FULL.short, FULL.long)
    run_label = f"{scale.run:,} batches, {named}, 2 workers, whole process"
    growth_label = f"cost of a batch at {scale.long:,} batches over that at {scale.short:,}"
    merge_label = f"merging and writing {scale.tokens:,} distinct tokens (JSON and Parquet)"
    return [
        Row("split", "split alone, mostly-ASCII code", "GB/s", 0.8, 1.5),
        Row("split-wide", "split alone, CJK, Cyrillic and mixed text (the slowest)", "GB/s", 0.3, 0.6),
        Row("batch", "a whole batch", "ms", 4.0, 1.7),
        Row("yardstick", "a whole batch, times as fast as the split alone by `tokenizers`", "x", 25.0, 60.0),
        Row("draw", "draw and selection (the slowest noise level)", "ms", 1.0, 0.4),
        Row("run", run_label, "s", 8.0, 4.0),
        Row("scaling", f"2 workers over 1, {scale.pair:,} batches", "x", 1.85, 1.95, pair),
        Row("growth", growth_label, "x", 1.3, 1.1, growth),
        Row("memory", f"memory of a worker, {scale.pair:,} batches", "MB", 500.0, 250.0),
        Row("version", "`tokstats --version`", "s", 0.15, 0.08),
        Row("merge", merge_label, "s", 4.0, 2.0, scale.tokens == FULL.tokens),
    ]
