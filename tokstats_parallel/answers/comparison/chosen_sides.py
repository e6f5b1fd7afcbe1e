"""Chosen sides: reads the two sides of a comparison from the results and languages that a user names."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokstats_parallel.answers.comparison.batches import SideBatches
from tokstats_parallel.answers.comparison.side import Side
from tokstats_parallel.answers.unseen import window_batches
from tokstats_parallel.errors import ConfigError, ResultError
from tokstats_parallel.results.drawn_values import drawn_values
from tokstats_parallel.results.token_counts import require_language
from tokstats_parallel.results.token_stats import TokenStats

_BOTH = 2


@dataclass(frozen=True, slots=True)
class ChosenSide:
    """Side as a user names it.

    Attributes:
        name: Name for a reader: `A` or `B`, or the language where both sides are of one result.
        result: Path of the result.
        language: Language of the side; None for all languages together.
    """

    name: str
    result: Path
    language: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ReadSide:
    """Side with its counts.

    Attributes:
        side: Counts of the side.
        manifest: Manifest of the side's result, as far as it is known.
    """

    side: Side
    manifest: dict[str, Any]

    @property
    def has_window(self) -> bool:
        """Tells whether the result says how many stream batches its pools had."""
        return "window" in drawn_values(self.manifest)


def choose_sides(first: Path, second: Path | None, languages: Sequence[str]) -> tuple[ChosenSide, ChosenSide]:
    """Returns the sides that one or two results and up to two languages name.

    Raises:
        ConfigError: They do not name two sides.
    """
    if len(languages) > _BOTH:
        raise ConfigError(
            f"--languages: two sides have at most two languages (found {' '.join(languages)}); give two of them, or "
            "--matrix to compare each with each"
        )
    if second is None:
        if len(languages) != _BOTH:
            raise ConfigError(
                f"{first} is compared with nothing; name a second result, two languages, such as --languages python "
                "cpp, or --matrix for all languages"
            )
        left, right = languages
        return ChosenSide(left, first, left), ChosenSide(right, first, right)
    named = [languages[0], languages[-1]] if languages else [None, None]
    names = [f"{side} {language}" if language else side for side, language in zip("AB", named, strict=True)]
    return ChosenSide(names[0], first, named[0]), ChosenSide(names[1], second, named[1])


def read_side(chosen: ChosenSide) -> ReadSide:
    """Reads a side.

    Raises:
        ResultError: The result cannot be read, or has no such language.
    """
    read = _read(chosen, TokenStats.load(chosen.result))
    import pyarrow as pa  # noqa: PLC0415 - loading takes a third of a second

    pa.default_memory_pool().release_unused()  # a fifth of a gigabyte of columns is not needed any more
    return read


def _read(chosen: ChosenSide, stats: TokenStats) -> ReadSide:
    column, batches = "count", stats.batches
    if chosen.language is not None:
        require_language(chosen.language, stats.batches_per_language)
        column, batches = f"count_{chosen.language}", stats.batches_per_language[chosen.language]
    sized = SideBatches(batches, window_batches(stats.manifest))
    try:
        side = Side.of(chosen.name, sized, stats.to_arrow(["bytes", "fixed", column]), column)
    except ValueError as error:
        raise ResultError(f"{chosen.result}: {error}; write the result anew with `tokstats collect`") from error
    return ReadSide(side, stats.manifest)
