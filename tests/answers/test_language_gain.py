"""Gain of each language, recomputed with sets."""

import random

from support.counted import made_result

from tokstats_parallel.answers.language_gain import LanguageGain, language_gains
from tokstats_parallel.answers.sampled_counts import SampledCounts


def test_gains_of_random_languages() -> None:
    dice = random.Random(7)  # noqa: S311 - no secret
    batches = {"go": 30, "c": 20, "none": 0, "lua": 10}
    tokens = [f"{one}{other}" for one in "abcdefgh" for other in "abcdefgh"]
    counts = {token: [dice.choice((0, 0, dice.randint(0, most))) for most in batches.values()] for token in tokens}
    counts = {token: numbers for token, numbers in counts.items() if sum(numbers)}
    found = language_gains(SampledCounts.of(made_result(batches, counts)))
    assert found == list(expected(batches, counts))
    assert found[-1].together == len(counts)


def expected(batches: dict[str, int], counts: dict[str, list[int]]) -> list[LanguageGain]:
    held = [{token for token, numbers in counts.items() if numbers[at]} for at in range(len(batches))]
    gains = []
    for at, (language, number) in enumerate(batches.items()):
        only = held[at] - set().union(*held[:at], *held[at + 1 :])
        before = set().union(*held[:at])
        occurrences = sum(numbers[at] for numbers in counts.values())
        gains.append(
            LanguageGain(
                language=language,
                batches=number,
                tokens=len(held[at]),
                only=len(only),
                only_share=sum(counts[token][at] for token in only) / max(occurrences, 1),
                new=len(held[at] - before),
                together=len(held[at] | before),
            )
        )
    return gains


def test_many_languages_do_not_overflow() -> None:
    batches = {f"language {at}": 1 for at in range(300)}
    found = language_gains(SampledCounts.of(made_result(batches, {"aa": [1] * 300})))
    assert [gain.only for gain in found] == [0] * 300
