"""Report: writes a benchmark's result as JSON, shows it as a table, and compares it with an earlier result."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from rich.table import Table
from rich.text import Text

from benchmark.rows import BenchRow, Figure

FORMAT = 1
HEADINGS = ("what", "measured", "least to most", "peak memory", "required", "goal")
_CHANGED = 0.03  # a smaller change is noise


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Result of a benchmark.

    Attributes:
        quick: Whether the scale was the small one.
        machine: Description of the machine.
        config: Name of the config.
        languages: Languages of the config; empty if no row needed the corpora.
        seconds: Seconds that the benchmark took.
        rows: Measured bench rows, each with its figure.
    """

    quick: bool
    machine: Mapping[str, str | float]
    config: str
    languages: Sequence[str]
    seconds: float
    rows: Sequence[tuple[BenchRow, Figure]]

    def write(self, path: Path) -> None:
        """Writes the result to a JSON file, and makes the file's folder if there is none."""
        rows = [
            asdict(row)
            | {"median": figure.median, "least": min(figure.values), "most": max(figure.values)}
            | asdict(figure)
            for row, figure in self.rows
        ]
        fields = {name: getattr(self, name) for name in ("quick", "machine", "config", "languages", "seconds")}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"format": FORMAT, **fields, "rows": rows}, indent=2) + "\n", "utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Reads a result from a file that `write` has written.

        Raises:
            ValueError: The file is something else.
        """
        found = json.loads(path.read_text("utf-8"))
        if not isinstance(found, dict) or found.pop("format", None) != FORMAT:
            raise ValueError(f"{path}: not a benchmark's result in format {FORMAT}")
        found["rows"] = [
            (
                BenchRow(**{name: row[name] for name in BenchRow.__slots__}),
                Figure(**{name: row[name] for name in Figure.__slots__}),
            )
            for row in found["rows"]
        ]
        return cls(**found)

    def machine_line(self) -> str:
        """Returns one line with the machine, the config and the duration."""
        of = self.machine
        memory, minutes = f"{float(of['memory_bytes']) / 1e9:.0f} GB", f"{self.seconds / 60:.1f} minutes"
        corpora = f"; {self.config}: {', '.join(self.languages)}" if self.languages else ""
        parts = f"{of['processor']}, {of['cores']} cores, {memory}, {of['system']}, load {of['load']} before"
        return f"{parts}, Python {of['python']}, rustc {of['rustc']}{corpora}; {minutes}"


def table(report: Report) -> Table:
    """Returns the table of a result for the terminal."""
    shown = Table(*HEADINGS, title="quick, not for the record" if report.quick else None, caption=report.machine_line())
    for row, figure in report.rows:
        what, measured, *rest = _cells(row, figure)
        shown.add_row(what, Text(measured, _style(row, figure)), *rest)
    return shown


def markdown(report: Report) -> str:
    """Returns the table of a result for docs/performance.md, as Markdown."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *(_cells(row, figure) for row, figure in report.rows)]
    drawn = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{drawn}\nMedians; {report.machine_line()}.\n"


def comparison(report: Report, earlier: Report) -> Table:
    """Returns a table for the terminal: the rows that both results have, and the ratio of the new to the old figure."""
    before = {row.label: figure for row, figure in earlier.rows}
    shown = Table("what", "earlier", "now", "now / earlier", caption=f"earlier: {earlier.machine_line()}")
    for row, figure in report.rows:
        if row.label in before:
            ratio = figure.median / before[row.label].median
            change = ratio - 1 if row.more_is_better else 1 - ratio
            style = "green" if change > _CHANGED else "red" if change < -_CHANGED else ""
            figures = [_shown(value, row) for value in (before[row.label].median, figure.median)]
            shown.add_row(row.label, *figures, Text(f"{ratio:.2f}", style))
    return shown


def _cells(row: BenchRow, figure: Figure) -> list[str]:
    targets = [_shown(value, row) if row.comparable else "" for value in (row.required, row.goal)]
    between = f"{_number(min(figure.values))} to {_number(max(figure.values))}"
    return [row.label, _shown(figure.median, row), between, f"{figure.peak_bytes / 1e6:.0f} MB", *targets]


def _style(row: BenchRow, figure: Figure) -> str:
    """Returns the colour of a figure: green if it reaches the goal, yellow if only the required figure, else red."""
    if not row.comparable:
        return ""
    sign = 1 if row.more_is_better else -1
    if sign * figure.median >= sign * row.goal:
        return "green"
    return "yellow" if sign * figure.median >= sign * row.required else "red"


def _shown(value: float, row: BenchRow) -> str:
    return f"{_number(value)} {row.unit}"


def _number(value: float) -> str:
    """Formats a number with three digits, or with all digits before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004 - numbers from 100 have three digits
