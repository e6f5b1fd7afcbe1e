"""Weights of the languages of a run (SPEC 2, "Weights"), and the words that say where they come from."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from pathlib import Path

from tokstats_parallel.config.config_paths import find_file, list_candidates
from tokstats_parallel.config.language_counts import DEFAULT_TABLE, read_counts
from tokstats_parallel.config.languages import Language, LanguageList
from tokstats_parallel.errors import ConfigError
from tokstats_parallel.system.wording import listed

_DIGITS = 50
_REMEDY = "give a table with --language-counts FILE, or 'name,weight' lines in langs"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRule:
    """Values of config and command by which languages without weights are weighed.

    Attributes:
        alpha: Exponent of a language's share of the pages.
        alpha_is_set: Whether the config sets `alpha`, so that the table of language counts is indispensable.
        table: Path of the table of language counts, as typed; None for the one of the training's repository, if found.
        config_folder: Folder of the config file.
    """

    alpha: float
    alpha_is_set: bool
    table: Path | None
    config_folder: Path


@dataclass(frozen=True, slots=True)
class Weighed:
    """Languages with their weights.

    Attributes:
        languages: Languages of weight above 0, in the config's order.
        origin: Origin of the weights, in words that go on after "weights".
        note: Line for the user if the weights may not be what the training takes, else empty.
    """

    languages: tuple[Language, ...]
    origin: str
    note: str = ""


def weigh(named: LanguageList, rule: WeightRule, *, notify: Callable[[str], None]) -> Weighed:
    """Weighs the languages that `langs` names.

    Args:
        named: Names of the languages, and their weights if `langs` gives any.
        rule: Values by which languages without weights are weighed.
        notify: Called with a line about languages of weight 0, and about a table that is not used.

    Raises:
        ConfigError: The table is missing where it is indispensable, has only some of the languages, or is unusable; or
            no batch could draw a language.
    """
    if named.weights is not None or len(named.names) == 1:
        weights = named.weights or (1.0,)
        origin = f"given by {named.source}" if named.weights else "1, the only language"
        if rule.table is not None:
            notify(f"--language-counts {rule.table} is not used, since the weights are {origin}")
        return Weighed(_drawable(named, weights, notify), origin)
    table = rule.table or find_file(DEFAULT_TABLE, rule.config_folder)
    pages = read_counts(table, named.names) if table else {}
    if table is None or not pages:
        return _equal(named, rule, table)
    missing = [name for name in named.names if name not in pages]
    if missing:
        raise ConfigError(f"{table}: no pages of {listed(missing)}; add them, or give 'name,weight' lines in langs")
    weights = page_weights([pages[name] for name in named.names], rule.alpha)
    return Weighed(_drawable(named, weights, notify), f"from {table}: pages ** {rule.alpha:g}")


def page_weights(pages: Sequence[float], alpha: float) -> tuple[float, ...]:
    """Returns the weight of each language, (its pages / all pages) ** alpha, rounded once to the nearest float.

    A power of the C library would differ between machines in the last bit, and with it the languages of some batches.
    """
    with localcontext(Context(prec=_DIGITS, traps=[])):
        total = sum(map(Decimal, pages))
        return tuple(float((Decimal(count) / total) ** Decimal(alpha)) for count in pages)


def _equal(named: LanguageList, rule: WeightRule, table: Path | None) -> Weighed:
    why = f"{table} has none of them" if table else "there is no table of language counts"
    places = "" if table else f" (looked for {list_candidates(DEFAULT_TABLE, rule.config_folder)})"
    if rule.alpha_is_set:
        raise ConfigError(f"language_sampling_alpha is set, and langs has names only, but {why}{places}; {_REMEDY}")
    origin = f"equal, since langs has names only and {why}"
    languages = tuple(Language(name, 1.0) for name in named.names)
    return Weighed(languages, origin, f"weights: {origin}{places}; for others, {_REMEDY}")


def _drawable(named: LanguageList, weights: Sequence[float], notify: Callable[[str], None]) -> tuple[Language, ...]:
    """Returns the languages of weight above 0, of which there must be one."""
    total = sum(weights)
    if math.isinf(total):
        raise ConfigError(f"{named.source}: the weights' sum is too large for a number; use smaller weights")
    if total == 0:
        raise ConfigError(f"{named.source}: all weights are 0, so no batch has a language; raise at least one of them")
    weighed = [Language(name, weight) for name, weight in zip(named.names, weights, strict=True)]
    unused = [language.name for language in weighed if language.weight == 0]
    if unused:
        notify(f"{named.source}: weight 0 keeps {', '.join(unused)} out of the draw")
    return tuple(language for language in weighed if language.weight > 0)
