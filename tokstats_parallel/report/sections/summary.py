"""Summary: at most five sentences that say in half a minute what a run found, the finding first."""

from collections.abc import Iterator, Mapping

from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.growth import further_words
from tokstats_parallel.report.sections.languages import language_words
from tokstats_parallel.report.words import a_or_b, percent
from tokstats_parallel.system.wording import listed

_MOST_NAMES = 8


def summary(result: Reported, numbers: LanguageNumbers) -> list[str]:
    """Returns the sentences about one result."""
    found = _single(result) if result.batches < 2 else _several(result)  # noqa: PLR2004 - nothing to compare one with
    return [*found, *language_words(numbers.gains, numbers.matrix), _drawn(result)]


def _single(result: Reported) -> Iterator[str]:
    whole = result.histograms[None]
    yield "A single batch cannot tell which tokens are stable: each of its tokens counts as certain."
    yield (
        f"Its vocabulary has {_size(result)} pieces: {a_or_b(whole.sampled, 'sampled token', 'sampled tokens')}, and "
        f"{whole.fixed:,} that every vocabulary has by design."
    )


def _several(result: Reported) -> Iterator[str]:
    classes = result.classes
    fixed, common = classes["fixed"].share, classes["certain"].share + classes["stable"].share
    yield (
        f"{percent(max(1 - fixed - common, 0.0))} of an average vocabulary are tokens that fewer than half of the "
        f"vocabularies hold; sampled tokens that at least half of them hold fill {percent(common)}, and pieces "
        f"fixed by design {percent(fixed)}."
    )
    once = f", and {_number_is(classes['once'].tokens)} in only one" if result.is_complete else ""
    yield (
        f"The {result.batches:,} vocabularies, of {_size(result)} pieces on average, hold "
        f"{_tokens(result)}: {_number_is(classes['certain'].tokens)} in all of them{once}."
    )
    richness = result.richness
    if richness is not None and richness.tokens:
        yield f"Twice as many batches would bring {further_words(result, richness)}."


def _tokens(result: Reported) -> str:
    sampled = a_or_b(result.histograms[None].sampled, "different sampled token", "different sampled tokens")
    left_out = result.stats.manifest.get("left_out")
    if result.is_complete or not left_out:
        return sampled
    return f"{sampled} (and {left_out['tokens']:,} of fewer than {result.least:,} batches, which its files leave out)"


def _number_is(number: int | None) -> str:
    return a_or_b(number, "is", "are") if number else "none is"


def _size(result: Reported) -> str:
    return f"{result.wholes[None].vocabulary:,.0f}"


def _drawn(result: Reported) -> str:
    seed = result.stats.manifest.get("seed")
    return (
        f"The run drew a random vocabulary for each batch of a training: {a_or_b(result.batches, 'batch', 'batches')}"
        f"{_of_languages(result)}{'' if seed is None else f', with the seed {seed}'}."
    )


def _of_languages(result: Reported) -> str:
    if texts := result.stats.manifest.get("texts_per_language"):
        names = [f"{name} {percent(number / sum(texts.values()), 0)}" for name, number in texts.items()]
        return f" of {len(names)} languages mixed in every text pool ({listed(names, _MOST_NAMES)} of the texts)"
    batches: Mapping[str, int] = result.sampled.batches_per_language
    if not result.languages:
        return f" of {next(iter(batches))}" if len(batches) == 1 else ""
    names = [f"{name} {batches[name]:,}" for name in result.languages]
    return f" of {len(names)} languages ({listed(names, _MOST_NAMES)})"
