"""The core's shards and segments against the oracle: whole small jobs, from the rows to the counts."""

import contextlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import pairwise

import oracle
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.shards import QUIET, Options, counts, run_shard, shard
from support.strategies import blanks, texts
from support.streams import Judge, Setting, column

from tokstats_parallel._native import read_segment, survey_segment

jobs = st.fixed_dictionaries(
    {
        "judge": st.builds(
            Judge,
            st.lists(texts | blanks, min_size=1, max_size=5).filter(lambda rows: any(row.strip() for row in rows)),
            st.builds(
                Setting,
                seed=st.integers(0, 2**64 - 1),
                pool=st.integers(0, 2),
                span=st.integers(1, 50),
                pack=st.booleans(),
                crop=st.booleans(),
            ),
        ),
        "first_draw": st.integers(0, 9) | st.integers(0, 2**32),
        "draws": st.integers(1, 5),
        "batch_texts": st.integers(1, 3),
        "batches": st.integers(1, 3),
    }
)


def pools(job: Options) -> list[dict[str, int]]:
    """Returns the eligible substrings in the pool of each draw, with their scores, by the oracle."""
    shape = {name: job[name] for name in ("batch_texts", "batches")}
    draws = range(job["first_draw"], job["first_draw"] + job["draws"])
    return [oracle.eligible(job["judge"].scores(draw, **shape)) for draw in draws]


@given(jobs)
def test_counts_all_that_is_eligible_where_it_fits(job: Options) -> None:
    assert counts(shard(**job, size=100_000)) == Counter(piece for pool in pools(job) for piece in pool)


def check_highest(job: Options, scores: Sequence[Mapping[str, int]], k: int) -> None:
    """Checks that each draw holds its k highest, for some choice among the tied."""
    ours = counts(shard(**job, size=391 + k))
    least, most, total = Counter[str](), Counter[str](), 0
    for pool in scores:
        must, tied, share = oracle.highest(pool, k)
        least.update(must)
        most.update(must | tied)
        total += len(must) + share
    assert ours.total() == total
    assert least <= ours <= most


@given(jobs)
def test_counts_the_highest_where_it_does_not_fit(job: Options) -> None:
    scores = pools(job)
    for k in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89):
        check_highest(job, scores, k)


def test_texts_count_once_in_a_batch_and_for_every_batch_of_the_pool() -> None:
    # With two rows, a batch of three texts has one of them twice, and a batch of one has one alone.
    setting = Setting(pack=False, crop=False)
    for batch_texts, batches in ((3, 1), (3, 2), (1, 3), (2, 3)):
        job: Options = {"judge": Judge(["the cat", "the dog ran"], setting), "first_draw": 0, "draws": 9}
        job |= {"batch_texts": batch_texts, "batches": batches}
        scores = pools(job)
        for k in range(1, 25):
            check_highest(job, scores, k)


def test_a_long_shard_slides_its_pool() -> None:
    rows = [f"row {i} of {'ab' * (i % 5)} {chr(0x4E00 + i) * 3}\n\n  x_{i * i}" for i in range(12)]
    job: Options = {
        "judge": Judge(rows, Setting()),
        "first_draw": 7,
        "draws": 60,
        "batch_texts": 5,
        "batches": 4,
    }
    assert counts(shard(**job, size=100_000)) == Counter(piece for pool in pools(job) for piece in pool)


@given(jobs, st.lists(st.integers(0, 5), max_size=3), st.booleans())
def test_shards_cut_anywhere_merge_to_the_whole(job: Options, cuts: list[int], noised: bool) -> None:
    options: Options = {
        "size": 420,
        "size_std": 9.0,
        "size_min": 392,
        "noise_mean": 0.01 * noised,
        "noise_std": 1.0,
    }
    whole = shard(**job, **options)
    edges = sorted({0, job["draws"], *(min(cut, job["draws"]) for cut in cuts)})
    parts = [
        shard(**(job | {"first_draw": job["first_draw"] + first, "draws": last - first}), **options)
        for first, last in pairwise(edges)
    ]
    assert sum(map(counts, parts), Counter()) == counts(whole)


@given(jobs)
def test_a_segment_has_a_sum(job: Options) -> None:
    one = shard(**job, size=420)
    survey = survey_segment(one)
    assert survey == survey_segment(memoryview(one))
    assert survey[:2] == (len(counts(one)), counts(one).total())


@given(st.binary(max_size=60))
def test_bytes_that_are_no_segment_do_not_crash(raw: bytes) -> None:
    for use in (read_segment, survey_segment):
        with contextlib.suppress(ValueError):
            use(raw)


def test_draws_are_the_same_again() -> None:
    judge = Judge(["the cat sat on the mat"] * 3, Setting())
    options: Options = {"size": 420, "size_std": 5.0, "size_min": 392, "noise_mean": 0.003, "noise_std": 1.0}
    assert shard(judge, 5, 30, **options) == shard(judge, 5, 30, **options)
    assert shard(judge, 5, 30, **options) != shard(judge, 6, 30, **options)


@pytest.mark.parametrize(
    ("word", "bad"),
    [
        ("391", {"size_min": 391}),
        ("largest", {"size_min": 500, "size_max": 391}),
        ("size", {"size_mean": math.nan}),
        ("size", {"size_std": -1.0}),
        ("size", {"size_std": math.inf}),
        ("noise", {"noise_mean": -1e-9}),
        ("noise", {"noise_mean": math.nan}),
        ("noise", {"noise_std": -1.0}),
        ("noise", {"noise_std": math.nan}),
        ("pool", {"batch_texts": 0}),
        ("pool", {"batches": 0}),
    ],
    ids=str,
)
def test_bad_numbers_are_refused(word: str, bad: Options) -> None:
    with pytest.raises(ValueError, match=word):
        shard(Judge(["a"], Setting()), 0, 1, size=500, **bad)


def test_bad_rows_are_refused_by_number() -> None:
    with pytest.raises(ValueError, match=r"\b1\b"):
        run_shard(
            column(["a", b"\xff"]),
            first_draw=0,
            draws=1,
            **asdict(Setting()),
            batch_texts=4,
            batches=1,
            size_mean=500.0,
            size_min=500,
            size_max=500,
            **QUIET,
        )
