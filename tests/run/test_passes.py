"""Passes: how many times a run reads each row of a corpus."""

import json
from pathlib import Path

import pytest
from support.corpora import write_parquet
from support.runs import LANGUAGES, Watch, make_job, run, small_job

from tokstats_parallel.config.languages import Language
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.run.passes import SAMPLED_ROWS, corpus_use, rows_per_text, sampled_lengths, texts_in_pool
from tokstats_parallel.sampling import Pooling, PoolSize, TextRule
from tokstats_parallel.shards.corpus_use import CorpusUse
from tokstats_parallel.shards.streams import batches_per_language

PACKED = TextRule(span=100, pack=True, crop=True, eos="</s>")


@pytest.mark.parametrize(
    ("lengths", "rows"),
    [
        ([500], 1),  # a row that is longer than a text is one text
        ([96], 1),  # eos included
        ([95], 2),
        ([46, 46], 2),
        ([16], 5),
        ([96, 0], 2),  # an empty row is passed over, and so read
        ([0, 0], 1),
        ([], 1),
    ],
)
def test_the_rows_of_a_packed_text(lengths: list[int], rows: float) -> None:
    assert rows_per_text(lengths, PACKED) == pytest.approx(rows, rel=0.01)
    assert rows_per_text(lengths, TextRule(span=100, pack=False, crop=True, eos="")) == 1


def test_a_text_of_very_many_rows() -> None:
    assert rows_per_text([1], TextRule(span=90_000, pack=True, crop=True, eos="</s>")) == 18_000


@pytest.mark.parametrize("pools", [1, 2])
def test_passes_of_languages_with_pools_of_their_own(pools: int) -> None:
    job = small_job(pool_size=PoolSize(batch_texts=10, batches=4), texts=PACKED, pools=pools)
    use = corpus_use(job, {"python": 200, "markdown": 50}, {"python": [16], "markdown": [500]}, {})
    draws = batches_per_language(job)
    # Each text has 5 rows or 1, and 3 stream batches of 10 texts fill each pool.
    assert use.passes == {
        "python": (draws["python"] + 3 * pools) * 10 * 5 / 200,
        "markdown": (draws["markdown"] + 3 * pools) * 10 / 50,
    }


@pytest.mark.parametrize("pooling", [Pooling.MIXED, Pooling.SHARED])
def test_passes_of_languages_that_share_pools(pooling: Pooling) -> None:
    job = small_job(
        pool_size=PoolSize(batch_texts=10, batches=4),
        texts=PACKED,
        pooling=pooling,
        languages=(Language("python", 3.0), Language("markdown", 1.0)),
    )
    use = corpus_use(job, {"python": 100, "markdown": 100}, {"python": [500], "markdown": [500]}, {})
    assert sum(use.passes.values()) * 100 == pytest.approx((150 + 3) * 10)
    assert use.passes["python"] / use.passes["markdown"] == pytest.approx(3, rel=0.5)


def test_a_language_that_is_never_drawn_is_not_read() -> None:
    job = small_job(languages=(Language("python", 1.0), Language("markdown", 1e-12)))
    assert corpus_use(job, {"python": 9, "markdown": 9}, {"python": [9], "markdown": [9]}, {}).passes["markdown"] == 0


def test_the_lines_for_the_user() -> None:
    rows = {"python": 3000, "go": 55, "r": 1}
    passes = {"python": 0.04, "go": 1.25, "r": 7410.4}
    use = CorpusUse(rows=rows, pool_texts={"python": 2048, "go": 2048, "r": 7}, passes=passes)
    assert use.notices() == [
        "fewer rows than texts in a pool, so rows repeat within pools: go (55 rows, 2,048 texts), r (1 row, 7 texts)",
        "passes over the rows of a corpus, about: python 0.04, go 1.2, r 7,410",
    ]


def test_a_pool_that_languages_share_has_a_part_of_each() -> None:
    languages, size = (Language("python", 3.0), Language("go", 1.0)), PoolSize(batch_texts=10, batches=4)
    assert texts_in_pool(languages, Pooling.SEPARATE, size) == {"python": 40, "go": 40}
    assert texts_in_pool(languages, Pooling.MIXED, size) == {"python": 30, "go": 10}


def test_a_few_rows_of_a_large_corpus_are_measured(tmp_path: Path) -> None:
    write_parquet(tmp_path / "go.parquet", [" " + "x" * row + "\n" for row in range(1000)])
    lengths = sampled_lengths(open_corpus(tmp_path, "go", use_cache=False))
    assert len(lengths) == SAMPLED_ROWS
    assert lengths[0] == 0
    assert lengths[-1] > 900


def test_a_run_says_and_keeps_how_it_uses_its_corpora(tmp_path: Path) -> None:
    job, watch = make_job(tmp_path), Watch()
    write_parquet(tmp_path / "python" / "old.parquet")
    collected = run(job, tmp_path / "out.json", watch=watch)
    manifest = json.loads((tmp_path / "out.manifest.json").read_bytes())
    assert manifest["corpus_rows"] == dict.fromkeys(LANGUAGES, 40)
    assert manifest["corpus_passes"] == pytest.approx(dict(collected.facts.use.passes), abs=1e-3)
    assert manifest["corpus_left_out"] == {"python": "left out: python/, because python.parquet comes first"}
    lines = collected.facts.use.notices()
    assert [line for line in watch.notes if "passes over" in line] == lines[-1:]
    # A text has 1 row or more, and the run makes (75 + 2) * 4 texts of each of two languages, more or less.
    assert 5 < min(manifest["corpus_passes"].values()) < 80
