"""Statistics of a batch's texts: bytes and tokens by language, as a count by hand."""

from dataclasses import replace

import pytest
from support.places import SPECIAL, Place, make_place

from tokstats_parallel import BatchTokenizer, vocabulary
from tokstats_parallel.batch_tokenizer.text_statistics import text_statistics, total


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> BatchTokenizer:
    place: Place = make_place(tmp_path_factory.mktemp("place"))
    place.write(train_directory=str(place.folder / "train"))
    one = vocabulary(place.config, 5, cache_dir=place.folder / "cache", **SPECIAL | {"special_tokens": "<unk>,</s>"})
    return replace(one, recipe=replace(one.recipe, names={"unk": "<unk>"}))


def test_bytes_and_tokens_of_the_texts(batch: BatchTokenizer) -> None:
    (row,) = text_statistics(batch).values()
    ids = [batch.tokenizer.encode(text).ids for _, text in batch.texts]
    assert row.texts == 4
    assert row.text_bytes == sum(len(text.encode()) for _, text in batch.texts)
    assert row.tokens == sum(map(len, ids))
    assert row.bytes_per_token == row.text_bytes / row.tokens > 1
    assert row.unknown_share == 0


def test_languages_apart_and_unknown_tokens(batch: BatchTokenizer) -> None:
    """Only an unknown token that stands in a text is one, since every byte is a piece."""
    made = replace(batch, texts=[("b", "xx"), ("a", "é<unk>"), ("b", "</s>")])
    rows = text_statistics(made)
    assert list(rows) == ["b", "a"]
    assert (rows["a"].texts, rows["a"].text_bytes, rows["a"].unknown) == (1, 7, 1)
    assert (rows["b"].texts, rows["b"].text_bytes, rows["b"].unknown) == (2, 6, 0)
    everything = total(rows.values())
    assert (everything.texts, everything.text_bytes, everything.unknown) == (3, 13, 1)
    assert everything.tokens == rows["a"].tokens + rows["b"].tokens
