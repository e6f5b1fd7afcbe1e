"""Summary: sentences that say in half a minute what a run found, to somebody who does not know it."""

from collections.abc import Iterator, Mapping, Sequence

from tokstats_parallel.answers.comparison.language_matrix import LanguageMatrix
from tokstats_parallel.answers.language_gain import LanguageGain
from tokstats_parallel.report.language_numbers import LanguageNumbers
from tokstats_parallel.report.reported import Reported
from tokstats_parallel.report.sections.growth import further_words
from tokstats_parallel.report.sections.languages import highest
from tokstats_parallel.report.words import a_or_b, percent
from tokstats_parallel.system.wording import listed

_MOST_NAMES = 8


def summary(result: Reported, numbers: LanguageNumbers) -> list[str]:
    """Returns the sentences about one result."""
    return [*_sampled(result), *_stable(result), *_unseen(result), *_languages(numbers.gains, numbers.matrix)]


def _sampled(result: Reported) -> Iterator[str]:
    manifest, whole = result.stats.manifest, result.histograms[None]
    seed = "" if manifest.get("seed") is None else f", with the seed {manifest['seed']}"
    yield (
        f"The run drew {a_or_b(result.batches, 'random vocabulary', 'random vocabularies')}, one for each batch of a "
        f"training{_of_languages(result)}{seed}; an average one has {_size(result)} pieces."
    )
    if result.batches < 2:  # noqa: PLR2004 - one batch has nothing to be compared with
        yield f"It has {whole.sampled:,} sampled tokens, and {whole.fixed:,} pieces of every vocabulary by design."
        yield "A single batch cannot tell which tokens are stable: each of its tokens counts as certain."
        return
    classes = result.classes
    once = f", {classes['once'].tokens:,} in a single one" if result.is_complete else ""
    yield (
        f"Together they have {whole.sampled:,} different sampled tokens, drawn from the texts; "
        f"{classes['certain'].tokens:,} of these are in every vocabulary{once}. {whole.fixed:,} more pieces are in "
        "every vocabulary by design."
    )
    if result.least > 1 and (left_out := manifest.get("left_out")):
        yield f"The files of the result leave out {left_out['tokens']:,} tokens of fewer than {result.least:,} batches."


def _of_languages(result: Reported) -> str:
    if texts := result.stats.manifest.get("texts_per_language"):
        names = [f"{name} {percent(number / sum(texts.values()), 0)}" for name, number in texts.items()]
        return f" on {len(names)} languages mixed in every text pool ({listed(names, _MOST_NAMES)} of the texts)"
    batches: Mapping[str, int] = result.sampled.batches_per_language
    if not result.languages:
        return f" in {next(iter(batches))}" if len(batches) == 1 else ""
    names = [f"{name} {batches[name]:,}" for name in result.languages]
    return f" in {len(names)} languages ({listed(names, _MOST_NAMES)})"


def _size(result: Reported) -> str:
    return f"{result.wholes[None].vocabulary:,.0f}"


def _stable(result: Reported) -> Iterator[str]:
    if result.batches > 1:
        classes = result.classes
        core = sum(classes[name].share for name in ("fixed", "certain", "stable"))
        yield (
            f"{percent(core)} of an average vocabulary are tokens that half of the vocabularies or more have in "
            f"common; the other {percent(max(1 - core, 0.0))} change from batch to batch."
        )


def _unseen(result: Reported) -> Iterator[str]:
    richness = result.richness
    if richness is not None and richness.tokens:
        yield f"Twice as many batches would hold {further_words(result, richness)}."


def _languages(gains: Sequence[LanguageGain], matrix: LanguageMatrix | None) -> Iterator[str]:
    if matrix is None:
        return
    own = max(gains, key=lambda gain: gain.only_share)
    if own.only:
        yield (
            f"{own.language} has the most of its own: {percent(own.only_share)} of its sampled pieces are in no "
            "other language."
        )
    names = list(matrix.batches)
    if len(names) > 2:  # noqa: PLR2004 - of two languages there is one overlap
        most, least = highest(names, matrix.weighted_jaccard), highest(names, -matrix.weighted_jaccard)
        yield (
            f"{most[1]} and {most[2]} are the most alike (weighted overlap {percent(most[0], 0)}), {least[1]} and "
            f"{least[2]} the least ({percent(-least[0], 0)})."
        )
    else:
        yield f"{names[0]} and {names[1]} overlap by {percent(float(matrix.weighted_jaccard[0, 1]), 0)} (weighted)."
