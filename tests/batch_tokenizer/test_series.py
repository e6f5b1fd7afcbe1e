"""Vocabularies of single batches: those that a run counts, in the training's order, with the oracle's scores."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import oracle
import pytest
from support.runs import SPECIAL_TOKENS, Watch, cache_of, counts_of, make_job, run, text_rows
from support.sampling import changed
from support.streams import Judge, Setting

from tokstats_parallel.batch_tokenizer.recipe import make_recipe
from tokstats_parallel.batch_tokenizer.series import BatchSeries
from tokstats_parallel.batch_tokenizer.tokenizer import BatchTokenizer
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.results.token_stats import TokenStats
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.streams import draws_of_batches, draws_of_streams

WEIGHTS = {"python": 1.0, "markdown": 0.5, "go": 2.5}
POOLINGS = pytest.mark.parametrize("pooling", list(Pooling))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    languages = tuple(Language(name, weight) for name, weight in WEIGHTS.items())
    return replace(make_job(tmp_path, tuple(WEIGHTS)), languages=languages, num_batches=60)


def tokenizers(job: Job, batches: Sequence[int]) -> dict[int, BatchTokenizer]:
    corpora = {name: open_corpus(job.train_directory, name, cache_dir=cache_of(job)).handle for name in WEIGHTS}
    draws = sorted(zip(batches, draws_of_batches(job, batches), strict=True), key=lambda pair: pair[1])
    recipe = make_recipe(job, None, notify=lambda _line: None)
    return {one.batch: one for one in BatchSeries(job=job, recipe=recipe, draws=tuple(draws), corpora=corpora)}


@POOLINGS
@pytest.mark.parametrize("pools", [1, 2])
def test_all_batches_make_the_counts_of_the_run(pooling: Pooling, pools: int, job: Job) -> None:
    job = replace(job, pooling=pooling, pools=pools)
    collected = run(job)
    found = tokenizers(job, range(60))
    assert counts_of(collected) == Counter(piece for one in found.values() for piece in one.pieces)
    per_language: dict[str, Counter[str]] = {}
    for one in found.values():
        per_language.setdefault(one.language, Counter()).update(one.pieces)
    assert per_language == {name: dict(counts) for name, counts in TokenStats.of(collected.output).per_language.items()}


@POOLINGS
def test_a_batch_alone_is_the_batch_in_a_series(pooling: Pooling, job: Job) -> None:
    """Pools slide on between the batches of a series, or are filled anew, and for a batch alone they are filled."""
    job = replace(job, pooling=pooling)
    together = tokenizers(job, [0, 1, 2, 7, 30, 31, 59])
    for batch, one in together.items():
        alone = tokenizers(job, [batch])[batch]
        assert (one.vocabulary, one.texts, one.noise) == (alone.vocabulary, alone.texts, alone.noise)
        assert (one.language, one.pool, one.draw) == (alone.language, alone.pool, alone.draw)


@POOLINGS
def test_a_batch_is_the_draw_that_it_adds_to_a_run(pooling: Pooling, job: Job) -> None:
    job = replace(job, pooling=pooling, pools=3)
    draws = draws_of_batches(job, range(60))
    for batch, draw in enumerate(draws[1:], 1):
        before = draws_of_streams(replace(job, num_batches=batch))
        after = draws_of_streams(replace(job, num_batches=batch + 1))
        assert before[draw.stream] == draw.number
        assert after == before | {draw.stream: draw.number + 1}


def judged(job: Job, one: BatchTokenizer) -> dict[str, int]:
    """Returns the scores of all substrings in the pool of a batch, by the oracle."""
    judge = Judge(text_rows(one.language), Setting(seed=job.seed, language=one.language, pool=one.pool, span=96))
    size, window = job.pool_size.batch_texts, job.pool_size.batches
    newest = (one.draw + window) * size
    assert one.texts == [(one.language, judge.text(index)) for index in range(newest, newest + size)]
    return judge.scores(one.draw, batch_texts=size, batches=window)


def assert_fixed(one: BatchTokenizer, scores: dict[str, int]) -> list[tuple[str, float]]:
    """Checks the pieces that all vocabularies have; returns the others."""
    places = len(SPECIAL_TOKENS)
    assert one.vocabulary[:places] == [(token, 0.0) for token, _ in SPECIAL_TOKENS]
    fixed, drawn = one.vocabulary[places : places + 391], one.vocabulary[places + 391 :]
    assert [piece for piece, _ in fixed] == oracle.fixed_pieces()
    assert {score for _, score in fixed[256:]} == {0.0}
    least = math.log(min(scores.values()) / sum(scores.values()))
    assert [score for _, score in fixed[:256]] == pytest.approx([least] * 256)
    return list(drawn)


def test_without_noise_the_pieces_are_the_oracles(job: Job) -> None:
    job = changed(job, noise_mean=0.0)
    for one in tokenizers(job, range(0, 30, 6)).values():
        scores = judged(job, one)
        drawn = assert_fixed(one, scores)
        must, tied, share = oracle.highest(oracle.eligible(scores), len(drawn))
        names = [piece for piece, _ in drawn]
        assert set(names) >= must
        assert len(set(names) - must) == share
        assert set(names) - must <= tied
        total = sum(scores.values())
        assert [score for _, score in drawn] == pytest.approx([math.log(scores[name] / total) for name in names])
        assert drawn == sorted(drawn, key=lambda piece: -piece[1])


@pytest.mark.parametrize("noise", [1e-5, 1e-3, 1.0])
def test_with_noise_the_pieces_are_the_highest_of_all(noise: float, job: Job) -> None:
    """Noise is chance, so the oracle takes it from the core: a draw of all substrings has the noise of each."""
    job = changed(job, noise_mean=noise, size_std=0.0)
    batches = range(0, 30, 6)
    everything = tokenizers(changed(job, size_mean=1e6, size_max=10**6), batches)
    for batch, one in tokenizers(job, batches).items():
        assert one.noise == everything[batch].noise
        assert one.noise / noise == pytest.approx(1.0, abs=20)
        scores = judged(job, one)
        drawn, every = assert_fixed(one, scores), assert_fixed(everything[batch], scores)
        assert {piece for piece, _ in every} == oracle.eligible(scores).keys()
        total = sum(scores.values())
        noises = [math.exp(score) - scores[piece] / total for piece, score in every if score > oracle.NEVER]
        assert max(map(abs, noises)) < 6 * one.noise
        positive = [pair for pair in every if pair[1] > oracle.NEVER]
        assert drawn[: len(positive)] == positive[: len(drawn)]
        assert all(pair in every and pair[1] == oracle.NEVER for pair in drawn[len(positive) :])
        assert len(drawn) == min(500 - 391, len(every))


def test_the_texts_of_a_mixed_pool_have_their_languages(job: Job) -> None:
    job = replace(job, pooling=Pooling.MIXED)
    seen = Counter[str]()
    for one in tokenizers(job, range(40)).values():
        assert one.language == "all"
        assert len(one.texts) == 4
        seen.update(language for language, _ in one.texts)
    assert seen.keys() == WEIGHTS.keys()
    assert seen["go"] > seen["markdown"]


def test_the_texts_of_a_shared_pool_are_of_the_batchs_language(job: Job) -> None:
    for one in tokenizers(replace(job, pooling=Pooling.SHARED), range(20)).values():
        assert {language for language, _ in one.texts} == {one.language}


def test_numbers_of_batches_must_rise(job: Job) -> None:
    with pytest.raises(ValueError, match="must rise"):
        draws_of_batches(job, [3, 2])
    assert draws_of_batches(job, []) == []


def test_the_watch_is_told_what_is_missing(job: Job) -> None:
    watch = Watch()
    make_recipe(job, None, notify=watch.note)
    (line,) = watch.notes
    assert line.startswith("no post-processor")
