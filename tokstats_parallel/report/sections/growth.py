"""Growth: how many different tokens a number of batches holds, and what more batches would bring."""

from collections.abc import Mapping, Sequence

from tokstats_parallel.answers.growth import further_steps, growth, steps
from tokstats_parallel.answers.richness import Richness
from tokstats_parallel.report.charts.chart import Axis, Series
from tokstats_parallel.report.charts.line_chart import line_chart
from tokstats_parallel.report.contents import Cell, Column, DataTable, Figure, Kind, Section
from tokstats_parallel.report.reported import Reported, lines_note
from tokstats_parallel.report.words import percent, rounded

_ALL = "all batches"
_LOW, _HIGH = "extrapolated, low", "extrapolated, high"
_Curve = Mapping[int, float]
"""Number of batches -> number of different tokens."""


def growth_section(result: Reported) -> Section | None:
    """Makes the section; None for a single batch, or if the result leaves out the rare tokens that it needs."""
    richness = result.richness
    if richness is None or not richness.tokens:
        return None
    lead = (
        f"{result.batches:,} batches held {richness.tokens:,} different sampled tokens; twice as many would bring "
        f"{further_words(result, richness)}."
    )
    return Section("growth", "Different tokens by number of batches", lead, (_figure(result, richness),))


def further_words(result: Reported, richness: Richness) -> str:
    """Returns how many more tokens twice the batches of a result would bring, in words."""
    bounds = sorted(one.further(result.batches) for one in (richness, result.richness_at_worst) if one is not None)
    low, high = bounds[0], bounds[-1]
    if rounded(low) == rounded(high):
        return f"about {rounded(low)} more tokens ({percent(low / richness.tokens)})"
    shares = f"{percent(low / richness.tokens)} to {percent(high / richness.tokens)}"
    return f"{rounded(low)} to {rounded(high)} more tokens ({shares}; batches share texts, so the range is wide)"


def _figure(result: Reported, richness: Richness) -> Figure:
    seen = _seen(result)
    beyond = _extrapolated(result, richness)
    title = "Different sampled tokens in a number of batches"
    shown = [seen[None], *beyond.values(), *(seen[name] for name in result.drawn_languages if name in seen)]
    names = [_ALL, *beyond, *(name for name in result.drawn_languages if name in seen)]
    note = lines_note(result)
    return Figure(
        title,
        _caption(result) + note,
        line_chart(
            [Series(name, list(curve.items())) for name, curve in zip(names, shown, strict=True)],
            x=Axis("batches"),
            y=Axis("different sampled tokens"),
            title=title,
            description="Lines that rise ever less steeply; those beyond the batches of the result are extrapolated.",
        ),
        _table(seen, beyond),
    )


def _caption(result: Reported) -> str:
    return (
        "Mean number of different sampled tokens in batches chosen at random from those of the result (rarefaction by "
        "incidence); as many successive batches hold somewhat fewer. Further lines are extrapolated from the tokens "
        "seen once and twice: the low one takes all batches as independent, the high one supposes that batches with "
        "common texts tell no more than one. All is an approximation, because pools overlap: "
        f"{result.window} successive batches of a language share texts."
    )


def _seen(result: Reported) -> dict[str | None, _Curve]:
    """Returns the curve of all batches, and those of the languages whose counts are known."""
    grid = {*steps(result.batches), *result.sampled.batches_per_language.values()} - {0}
    found: dict[str | None, _Curve] = {}
    for language in (None, *result.languages):
        histogram = result.complete_histogram(language)
        if histogram is not None:
            batches = sorted(number for number in grid if number <= histogram.batches)
            found[language] = dict(zip(batches, growth(histogram, batches), strict=True))
    return found


def _extrapolated(result: Reported, richness: Richness) -> dict[str, _Curve]:
    """Returns the two curves beyond the batches of the result, which begin with these batches."""
    batches = [result.batches, *further_steps(result.batches)]
    units = {_LOW: richness, _HIGH: result.richness_at_worst}
    return {
        name: {number: richness.tokens + one.further(number - result.batches) for number in batches}
        for name, one in units.items()
        if one is not None
    }


def _table(seen: Mapping[str | None, _Curve], beyond: Mapping[str, _Curve]) -> DataTable:
    curves = [seen[None], *beyond.values(), *(curve for name, curve in seen.items() if name is not None)]
    rows: list[Sequence[Cell]] = [
        (batches, *(curve.get(batches) for curve in curves)) for batches in sorted(set().union(*curves))
    ]
    return DataTable(
        "growth",
        "Expected number of different sampled tokens in a number of batches, of all languages or of one alone.",
        (
            Column("batches", "Batches"),
            _column("tokens", _ALL),
            *(_column(f"tokens_{name.replace(', ', '_')}", name) for name in beyond),
            *(_column(f"tokens_{name}", name) for name in seen if name is not None),
        ),
        rows,
    )


def _column(name: str, title: str) -> Column:
    return Column(name, title, Kind.NUMBER, 0)
