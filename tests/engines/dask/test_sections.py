"""Sections: every shard is in one of them, in the order of its chain, and there are enough for all workers."""

from itertools import pairwise

import pytest
from support.runs import small_job

from tokstats_parallel.engines.dask.sections import LONGEST, cut, draws
from tokstats_parallel.shards.plan import plan
from tokstats_parallel.shards.schedule import follows


@pytest.mark.parametrize(("workers", "length"), [(1, 8), (2, 7), (5, 3), (16, 1), (1000, 1)])
def test_sections_are_parts_of_chains(workers: int, length: int) -> None:
    shards = plan(small_job(num_batches=300), shard_draws=10)
    assert len(shards) == 30
    sections = cut(shards, workers)
    assert sorted(shard for section in sections for shard in section) == sorted(shards)
    assert max(map(len, sections)) == min(length, LONGEST)
    assert len(sections) >= min(2 * workers, len(shards))
    for section in sections:
        assert all(follows(one, other) for one, other in pairwise(section))
    assert [draws(section) for section in sections] == sorted((draws(one) for one in sections), reverse=True)


def test_a_saved_shard_parts_a_chain() -> None:
    shards = plan(small_job(num_batches=300), shard_draws=10)
    left = [shard for shard in shards if shard.first_draw != 30]
    assert all(section[0].first_draw >= 40 or section[-1].end <= 30 for section in cut(left, 1))
