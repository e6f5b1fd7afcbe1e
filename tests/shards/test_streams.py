"""Streams: languages take turns in shared pools as the oracle takes them, by weight, in any order of the shards."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path

import oracle
import pytest
from support.bounds import LIMIT, chi_square_z
from support.runs import SPECIAL_TOKENS, cache_of, counts_of, make_job, run, sha256s, text_rows
from support.sampling import changed
from support.streams import Judge, Setting

from tokstats_parallel._native import count_turns, read_segment
from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.corpus.corpus import Corpus, open_corpus
from tokstats_parallel.results.token_stats import TokenStats
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards.plan import Shard, plan
from tokstats_parallel.shards.run_shard import ShardWorker, run_shard
from tokstats_parallel.shards.streams import batches_per_language, draws_of_streams, texts_per_language

WEIGHTS = {"python": 1.0, "markdown": 0.5, "go": 2.5}
SHARING = pytest.mark.parametrize("pooling", [Pooling.MIXED, Pooling.SHARED])


@pytest.fixture
def job(tmp_path: Path) -> Job:
    languages = tuple(Language(name, weight) for name, weight in WEIGHTS.items())
    return replace(make_job(tmp_path, tuple(WEIGHTS)), languages=languages)


def corpora_of(job: Job) -> list[Corpus]:
    return [open_corpus(job.train_directory, name, cache_dir=cache_of(job)) for name in WEIGHTS]


def turns(job: Job, pool: int = 0) -> Iterator[tuple[str, int]]:
    """Yields the language of each turn, as the core draws it, and the number of earlier turns of the language."""
    taken = Counter[str]()
    for turn in count():
        one = count_turns(
            list(WEIGHTS.values()), pooling=job.pooling, seed=job.seed, pool=pool, first=turn, end=turn + 1
        )
        language = list(WEIGHTS)[one.index(1)]
        yield language, taken[language]
        taken[language] += 1


def judged(job: Job, draws: int) -> list[tuple[str, set[str]]]:
    """Returns the language of each draw of the stream, and all substrings that it may draw, by the oracle."""
    size, window = job.pool_size.batch_texts, job.pool_size.batches
    judges = {name: Judge(text_rows(name), Setting(seed=job.seed, language=name, span=96)) for name in WEIGHTS}
    turn = turns(job)
    texts, languages = [], []
    for _ in range(draws + window):
        if job.pooling is Pooling.SHARED:
            language, earlier = next(turn)
            texts += [judges[language].text(earlier * size + place) for place in range(size)]
        else:
            language = "all"
            texts += [judges[one].text(earlier) for one, earlier in (next(turn) for _ in range(size))]
        languages.append(language)
    found = []
    for draw in range(draws):
        scores = oracle.scores(oracle.pool_texts(texts.__getitem__, draw, batch_texts=size, batches=window))
        found.append((languages[draw + window], set(oracle.eligible(scores))))
    return found


@SHARING
def test_the_counts_are_the_oracles(pooling: Pooling, job: Job) -> None:
    """Vocabularies here are all eligible substrings of the pool, so they show its texts and need no chance."""
    job = changed(replace(job, pooling=pooling), size_mean=100_000.0, size_max=100_000, size_std=0.0, noise_mean=0.0)
    expected: dict[str, Counter[str]] = {}
    for language, vocabulary in judged(job, 12):
        expected.setdefault(language, Counter()).update(vocabulary)
    name = pooling.stream_name
    assert name
    counts = run_shard(job, Shard(name, 0, 0, 12), corpora_of(job))
    assert {one.language: Counter(dict(read_segment(one.segment))) for one in counts} == expected
    assert sum(one.draws for one in counts) == 12
    assert len(expected) == (3 if pooling is Pooling.SHARED else 1)


@SHARING
def test_a_shard_does_not_depend_on_the_way_there(pooling: Pooling, job: Job) -> None:
    job = replace(job, pooling=pooling)
    corpora, kept = corpora_of(job), ShardWorker(job)
    for first, draws in [(0, 3), (3, 5), (20, 2), (1, 4), (5, 1)]:
        shard = Shard(pooling.stream_name or "", 0, first, draws)
        assert kept.run(shard, corpora) == run_shard(job, shard, corpora), shard


@SHARING
def test_workers_shards_and_resumes_change_no_byte(pooling: Pooling, job: Job, tmp_path: Path) -> None:
    job = replace(job, pooling=pooling, pools=2)
    run(job, tmp_path / "straight.json")
    run(job, tmp_path / "other.json", workers=2, shard_draws=7)
    run(replace(job, num_batches=60), tmp_path / "longer.json", keep_work=True)
    run(job, tmp_path / "longer.json")
    hashes = {sha256s(tmp_path / f"{name}.json") for name in ("straight", "other", "longer")}
    assert len(hashes) == 1


def test_a_shared_pool_counts_by_the_batchs_language(job: Job, tmp_path: Path) -> None:
    job = replace(job, pooling=Pooling.SHARED)
    collected = run(job, tmp_path / "out.json")
    batches = collected.facts.batches
    assert list(batches) == list(WEIGHTS)
    assert sum(batches.values()) == 150
    turn = [language for (language, _), _ in zip(turns(job), range(153), strict=False)]
    assert batches == {name: turn[3:].count(name) for name in WEIGHTS}
    stats = TokenStats.of(collected.output)
    for token, _ in SPECIAL_TOKENS:
        assert {name: counts[token] for name, counts in stats.per_language.items()} == batches
    found = counts_of(collected)
    for token in list(found)[::97]:
        assert sum(counts.get(token, 0) for counts in stats.per_language.values()) == found[token]


def test_a_mixed_run_tells_the_share_of_texts(job: Job, tmp_path: Path) -> None:
    """All counts are of `all`; the manifest has the texts of each language."""
    job = replace(job, pooling=Pooling.MIXED)
    stats = TokenStats.of(run(job, tmp_path / "out.json").output)
    assert list(stats.per_language) == ["all"] == list(stats.manifest["batches_per_language"])
    assert dict(stats.per_language["all"]) == dict(stats.counts)
    texts: Mapping[str, int] = stats.manifest["texts_per_language"]
    turn = [language for (language, _), _ in zip(turns(job), range(4 * 153), strict=False)]
    assert texts == {name: turn[4:].count(name) for name in WEIGHTS} == texts_per_language(job)
    assert stats.manifest["share_of_texts"]["go"] == round(texts["go"] / (4 * 152), 6)
    assert stats.manifest["job"]["pooling"] == "mixed"


@SHARING
@pytest.mark.parametrize("seed", [0, 2**64 - 1])
def test_turns_are_taken_by_weight(seed: int, pooling: Pooling) -> None:
    weights = list(WEIGHTS.values())
    times = count_turns(weights, pooling=pooling, seed=seed, pool=1, first=1000, end=41_000)
    expected = [40_000 * weight / sum(weights) for weight in weights]
    statistic = sum((time - mean) ** 2 / mean for time, mean in zip(times, expected, strict=True))
    assert chi_square_z(statistic, 2) < LIMIT


@SHARING
def test_the_first_batches_are_those_of_a_shorter_run(pooling: Pooling, job: Job) -> None:
    job = replace(job, pooling=pooling, pools=3)
    before = batches_per_language(replace(job, num_batches=1))
    for batches in range(2, 100):
        after = batches_per_language(replace(job, num_batches=batches))
        assert sum(after.values()) == batches
        assert all(after[name] >= before[name] for name in after)
        before = after
    assert {name for name, _ in draws_of_streams(job)} == {pooling.stream_name}
    assert sum(shard.draws for shard in plan(job)) == job.num_batches


def test_a_job_that_shares_no_pool_keeps_its_digest(job: Job) -> None:
    assert "pooling" not in job.drawn()
    digests = {replace(job, pooling=pooling).digest() for pooling in Pooling}
    assert len(digests) == 3
