"""Batches of a result's run: other settings, seeds, data and lengths are refused in one line."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from support.corpora import write_parquet
from support.places import SPECIAL, Place, make_place

from tokstats_parallel import BatchTokenizer, TokstatsError, collect, vocabulary


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = make_place(tmp_path)
    place.write(train_directory=str(place.folder / "train"))
    options = SPECIAL | {"cache_dir": place.folder / "cache"}
    collect(place.config, place.folder / "out.json", num_batches=6, workers=1, **options)
    return place


def batch_of(place: Place, batch: int = 5, result: str = "out.json", **options: Any) -> BatchTokenizer:
    common = SPECIAL | {"cache_dir": place.folder / "cache"} | options
    return vocabulary(place.config, batch, result=place.folder / result, **common)


def refused(place: Place, **options: Any) -> str:
    with pytest.raises(TokstatsError) as caught:
        batch_of(place, **options)
    return str(caught.value)


@pytest.mark.parametrize("result", ["out.json", "out.parquet", "out.manifest.json", "."])
def test_any_file_of_the_result_will_do(result: str, place: Place) -> None:
    assert batch_of(place, result=result).batch == 5


def test_other_settings_are_named(place: Place) -> None:
    assert "is the result of another run (seed: 42 there, 43 here)" in refused(place, seed=43)
    assert "(pools: 1 there, 2 here); undo that" in refused(place, set={"n_pools": 2})
    assert "(other special_tokens)" in refused(place, special_tokens="<s>,</s>,<x>")


def test_a_result_of_a_version_without_pooling_is_of_separate_pools(place: Place) -> None:
    path = place.folder / "out.manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["job"]["pooling"]
    path.write_text(json.dumps(manifest))
    assert batch_of(place).batch == 5
    assert "(pooling: separate there, shared here)" in refused(place, set={"shared_pool": True})


def test_settings_without_influence_are_not_compared(place: Place) -> None:
    assert batch_of(place, set={"add_prefix_space": False})


def test_data_that_have_changed_are_named(place: Place) -> None:
    languages = [batch_of(place, batch).language for batch in range(6)]
    write_parquet(place.folder / "train" / "go.parquet", ["other rows"] * 70)
    message = refused(place, batch=languages.index("go"))
    assert "the data of go have changed since the run; put the former data there" in message
    assert batch_of(place, languages.index("python")), "whose data are the same"


def test_a_batch_behind_the_run_is_named(place: Place) -> None:
    assert "has no batch 6, since its run has 6 batches" in refused(place, batch=6)


def test_what_is_no_result_is_named(place: Place) -> None:
    assert "nothing.json: no such file; name the JSON" in refused(place, result="nothing.json")
    shutil.copy(place.folder / "out.parquet", place.folder / "other.parquet")
    for content in ("[]", "{}", "{", json.dumps({"batches": 1})):
        (place.folder / "other.manifest.json").write_text(content)
        assert "other.manifest.json: is damaged, or no manifest" in refused(place, result="other.parquet")
    shutil.copy(place.folder / "out.manifest.json", place.folder / "other.manifest.json")
    assert "holds several results" in refused(place, result=".")
    assert "holds no result" in refused(place, result="train")


def test_a_parquet_alone_tells_of_its_run(place: Place) -> None:
    (place.folder / "out.manifest.json").unlink()
    assert batch_of(place, result="out.parquet").batch == 5
    assert "out.parquet: is the result of another run (seed: 42 there, 43 here); undo that" in refused(place, seed=43)


def test_a_json_alone_does_not_tell_of_its_run(place: Place) -> None:
    for ending in ("manifest.json", "parquet"):
        (place.folder / f"out.{ending}").unlink()
    assert "out.json: does not tell of its run; put out.manifest.json beside it" in refused(place)


def test_a_cache_need_not_be_named(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(place.folder / "other"))
    assert vocabulary(place.config, 1, **SPECIAL).batch == 1
