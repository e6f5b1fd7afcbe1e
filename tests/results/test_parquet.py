"""The Parquet of a result: its columns say what each token is, and its metadata which run it is of."""

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from support.runs import make_job, run

from tokstats_parallel import _native
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.results.collected import Collected
from tokstats_parallel.results.parquet import FACTS_KEY

SPECIAL = ("<s>", "ret", "Ġ", "汉", "")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Collected:
    reference = Reference("</s>", tuple((token, index) for index, token in enumerate(SPECIAL)))
    return run(make_job(tmp_path_factory.mktemp("job"), num_batches=40, reference=reference))


@pytest.fixture(scope="module")
def table(collected: Collected) -> pa.Table:
    return pq.read_table(collected.output.parquet)


def test_the_columns_in_their_order(table: pa.Table) -> None:
    types = {name: str(table.schema.field(name).type) for name in table.column_names}
    languages = [name for name in types if name.startswith("count_")]
    assert types == {
        "token": "large_string",
        "text": "large_string",
        "bytes": "large_binary",
        "kind": "dictionary<values=string, indices=int8, ordered=0>",
        "fixed": "bool",
        "count": "uint64",
        **dict.fromkeys(languages, "uint64"),
    }
    assert languages


def test_each_row_says_what_its_token_is(table: pa.Table) -> None:
    always = {*_native.fixed_pieces(), *SPECIAL}
    rows = table.select(["token", "text", "bytes", "kind", "fixed", "count"]).to_pylist()
    assert {row["token"] for row in rows if row["fixed"]} == always
    for row in rows:
        is_special = row["token"] in SPECIAL
        assert row["bytes"] == (row["token"].encode() if is_special else _native.unmap_bytes(row["token"]))
        assert row["text"] == _native.readable_text(row["bytes"])
        assert row["kind"] == ("special" if is_special else _native.token_kind(row["bytes"]))
        assert not row["fixed"] or row["count"] == 40
    assert {"word start", "word", "punctuation"} <= {row["kind"] for row in rows if not row["fixed"]}


def test_sampled_tokens_may_be_in_all_batches(collected: Collected) -> None:
    """So the largest count does not tell them from the fixed ones."""
    rows = pq.read_table(run(replace(collected.facts.job, num_batches=1)).output.parquet)
    assert set(rows["count"].to_pylist()) == {1}
    assert set(rows["fixed"].to_pylist()) == {True, False}


def test_the_metadata_is_the_part_of_the_manifest_that_is_reproducible(collected: Collected) -> None:
    facts = json.loads(pq.read_metadata(collected.output.parquet).metadata[FACTS_KEY.encode()])
    manifest = json.loads(collected.output.manifest.read_bytes())
    assert facts.pop("drawn") == json.loads(json.dumps(collected.facts.job.drawn()))
    for key in ("job", "corpus_passes", "corpus_left_out", "config", "versions", "workers", "seconds", "finished"):
        del manifest[key]
    assert facts == manifest
    assert facts["batches"] == 40
    assert sum(facts["batches_per_language"].values()) == 40


def test_the_bytes_do_not_depend_on_the_folder(collected: Collected, tmp_path: Path) -> None:
    other = make_job(tmp_path / "other", num_batches=40, reference=collected.facts.job.reference)
    moved = replace(collected.facts.job, train_directory=other.train_directory)
    assert run(moved).output.parquet.read_bytes() == collected.output.parquet.read_bytes()
