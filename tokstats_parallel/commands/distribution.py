"""`tokstats distribution`: tells how the counts of a result are distributed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel.answers.distribution import TABLES, Distribution, distribution
from tokstats_parallel.commands.answer_options import DistributionOptions
from tokstats_parallel.commands.answer_output import check_output, write_answer
from tokstats_parallel.display.distribution_text import print_distribution
from tokstats_parallel.results.token_stats import TokenStats


def run_distribution(path: Path, options: DistributionOptions) -> int:
    """Writes the tables of a result's distribution, or one of them; returns the exit code.

    Raises:
        TokstatsError: The result or an option cannot be used, or the output cannot be written.
    """
    result = TokenStats.load(path)
    check_output(options, result.paths)
    found = distribution(result, language=options.language)
    write_answer(
        _Chosen(found, options.table),
        options,
        lambda console: print_distribution(found, console, table=options.table),
    )
    return 0


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Distribution of which one table is wanted, or all."""

    found: Distribution
    name: str | None

    def to_json(self) -> Mapping[str, Any]:
        """Returns the object that `--json` prints, without the tables that are not wanted."""
        left_out = set(TABLES) - {self.name} if self.name else set()
        return {key: value for key, value in self.found.to_json().items() if key not in left_out}

    def table(self) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
        """Returns the columns and the rows of the wanted table."""
        return self.found.table(self.name or TABLES[0])
