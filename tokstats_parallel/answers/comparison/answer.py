"""Answer of a comparison: the comparison with the settings of both sides and its notes, as JSON and as a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel.answers.comparison.chosen_sides import (
    ChosenSide,
    ReadSide,
    choose_sides,
    read_side,
)
from tokstats_parallel.answers.comparison.compare import Comparison, SideFacts, compare
from tokstats_parallel.answers.comparison.lines import ComparedToken, WordLine
from tokstats_parallel.answers.comparison.settings import Difference, differing_settings
from tokstats_parallel.answers.comparison.significance import FALSE_DISCOVERY_RATE
from tokstats_parallel.answers.unseen import USUAL_WINDOW
from tokstats_parallel.errors import ResultError
from tokstats_parallel.results.drawn_values import drawn_values

SCHEMA_VERSION = 1
_COLUMNS = (
    *("list", "line", "word", "token", "text", "count_a", "count_b", "share_a", "share_b", "rank_a", "rank_b"),
    *("log_odds", "z", "q"),
)


@dataclass(frozen=True, slots=True, eq=False)
class ComparisonAnswer:
    """Answer to the question what differs between two sides.

    Attributes:
        chosen: Sides as the user named them.
        settings: Settings and data that differ between the runs, and numbers of batches.
        notes: Sentences about what the tests of significance suppose.
        comparison: Numbers and lists.
    """

    chosen: tuple[ChosenSide, ChosenSide]
    settings: Sequence[Difference]
    notes: Sequence[str]
    comparison: Comparison

    def lists(self) -> dict[str, list[WordLine]]:
        """Returns name -> lines of each list."""
        made = self.comparison
        return {
            "typical_a": made.typical_left,
            "typical_b": made.typical_right,
            "movers": made.movers,
            "only_a": made.left_only,
            "only_b": made.right_only,
        }

    def to_json(self) -> Mapping[str, Any]:
        """Returns the answer as one JSON object; the sides are `a` and `b`, and pairs have this order."""
        made = self.comparison
        tests = made.significance
        return {
            "schema_version": SCHEMA_VERSION,
            "same": made.same,
            "a": _side(self.chosen[0], made.left),
            "b": _side(self.chosen[1], made.right),
            "settings": [{"name": name, "a": left, "b": right} for name, left, right in self.settings],
            "overlap": {
                "common": made.overlap.common,
                "only_a": made.overlap.left_only,
                "only_b": made.overlap.right_only,
                "jaccard": made.overlap.jaccard,
                "weighted_jaccard": made.overlap.weighted_jaccard,
                "jensen_shannon_divergence_bits": made.overlap.divergence,
                "rank_correlation": made.overlap.rank_correlation,
            },
            "significance": {
                "false_discovery_rate": FALSE_DISCOVERY_RATE,
                "tested": tests.tested,
                "more_in_a": tests.left,
                "more_in_b": tests.right,
                "notes": list(self.notes),
            },
            **{name: [asdict(line) for line in lines] for name, lines in self.lists().items()},
        }

    def table(self) -> tuple[Sequence[str], Iterator[Sequence[object]]]:
        """Returns the lists as one table with a row for each token; `line` numbers the lines of a list from 1."""
        return _COLUMNS, self._rows()

    def _rows(self) -> Iterator[Sequence[object]]:
        for name, lines in self.lists().items():
            for number, line in enumerate(lines, 1):
                for token in line.tokens:
                    yield name, number, line.text, *_cells(token)


def answer_comparison(first: Path, second: Path | None, languages: Sequence[str], top: int) -> ComparisonAnswer:
    """Compares two results, or two languages of one.

    Args:
        first: Path of a result.
        second: Path of another result; None to compare two languages of the first one.
        languages: Languages of the sides; one is that of both sides, none means all languages together.
        top: Largest number of lines in each list.

    Raises:
        ConfigError: The arguments do not name two sides.
        ResultError: A result cannot be read, or has no such language.
    """
    chosen = choose_sides(first, second, languages)
    left, right = read_side(chosen[0]), read_side(chosen[1])
    settings = differing_settings(left.manifest, right.manifest)
    try:
        comparison = compare(left.side, right.side, top)
    except ValueError as error:
        raise ResultError(f"{first}: {error}; write the result anew with `tokstats collect`") from error
    return ComparisonAnswer(chosen, settings, list(_notes(chosen, left, right)), comparison)


def _notes(chosen: Sequence[ChosenSide], left: ReadSide, right: ReadSide) -> Iterator[str]:
    """Yields sentences about what the tests of significance suppose of these sides."""
    for one, read in zip(chosen, (left, right), strict=True):
        batches = read.side.batches
        if batches.effective < batches.batches:
            yield (
                f"{one.name}: its {batches.batches:,} batches count as {batches.effective:,}, since the pools of "
                f"{batches.window} successive draws overlap; this is the worst case"
            )
        if not read.has_window:
            yield f"{one.name}: without a manifest its settings are not known; {USUAL_WINDOW} is the published window"
        if (least := read.manifest.get("min_count", 1)) > 1:
            yield f"{one.name}: the result leaves out tokens of fewer than {least:,} batches; they count as in none"
    seeds = [read.manifest.get("seed") for read in (left, right)]
    same_result = chosen[0].result == chosen[1].result
    if same_result and drawn_values(left.manifest).get("pooling", "separate") != "separate":
        yield "both languages are drawn from the same pools, so chance differs less than the tests suppose"
    elif not same_result and seeds[0] == seeds[1] is not None and _share_data(left.manifest, right.manifest):
        yield f"both runs have the seed {seeds[0]} and share texts, so chance differs less than the tests suppose"


def _share_data(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    data = [set(manifest.get("corpora", {}).items()) for manifest in (one, other)]
    return bool(data[0] & data[1])


def _side(chosen: ChosenSide, facts: SideFacts) -> dict[str, Any]:
    return {
        "name": chosen.name,
        "result": str(chosen.result),
        "language": chosen.language,
        "batches": facts.batches.batches,
        "window": facts.batches.window,
        "effective_batches": facts.batches.effective,
        "sampled_tokens": facts.tokens,
        "occurrences": facts.occurrences,
    }


def _cells(token: ComparedToken) -> tuple[object, ...]:
    return token.token, token.text, *token.counts, *token.shares, *token.ranks, token.log_odds, token.z, token.q
