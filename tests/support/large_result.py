"""Result of millions of tokens, made in seconds: made-up tokens are packed, merged and written as a run's result."""

from pathlib import Path

import numpy as np
from benchmark.merging import LANGUAGES, LONGEST, _packed
from numpy.typing import NDArray
from support.results import counted, facts_of, finish
from support.runs import small_job

from tokstats_parallel.config.languages import Language
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.results.token_stats import TokenStats
from tokstats_parallel.shards.partial import check, save
from tokstats_parallel.shards.plan import Shard

BATCHES = 200
"""Batches of each language."""
_LETTERS = 50
_SHARED = 20
"""One token of so many is in all languages."""


def large_result(folder: Path, tokens: int) -> TokenStats:
    """Writes a result of six languages, with so many sampled tokens whose counts follow Zipf's law, to a new folder."""
    folder.mkdir()
    keys, rng = _keys(tokens), np.random.default_rng(7)
    ranks = rng.permutation(tokens) + 1
    shard_of = np.where(ranks % _SHARED, ranks % len(LANGUAGES), -1)
    partials = []
    for number, language in enumerate(LANGUAGES):
        held = (shard_of == number) | (shard_of < 0)
        counts = 1 + rng.binomial(BATCHES - 1, np.minimum(1, 1000 / ranks[held]))
        shard = Shard(language, 0, 0, BATCHES)
        path = save(folder, shard, counted(shard, _packed(keys[held], counts)), job_digest="", fingerprint="")
        partials.append(check(path, job_digest="", fingerprints={}))
    languages = tuple(Language(name, 1.0) for name in LANGUAGES)
    job = small_job(languages=languages, train_directory=folder, num_batches=BATCHES * len(LANGUAGES))
    output = OutputPaths.of(folder / "large.json")
    finish(facts_of(job, dict.fromkeys(LANGUAGES, BATCHES)), partials, output)
    return TokenStats.load(output.json)


def _keys(tokens: int) -> NDArray[np.uint8]:
    """Returns sorted keys: five letters that count the tokens, and up to ten more, as `benchmark.merging` has them."""
    numbers = np.arange(tokens) * (_LETTERS**5 // tokens)
    rows = np.zeros((tokens, LONGEST + 1), "u1")
    for place in range(5):
        rows[:, place] = 40 + numbers // _LETTERS ** (4 - place) % _LETTERS
    lengths = 5 + numbers * 7919 % 11
    for place in range(5, LONGEST):
        rows[:, place] = np.where(place < lengths, 40 + (numbers * (place + 3)) % 31, 0)
    rows[:, LONGEST] = lengths
    return rows
