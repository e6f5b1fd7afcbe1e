"""Folders of tokenizers: what they hold, what they replace, and what they leave alone."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from support.permissions import ordinary_permissions
from support.places import SPECIAL, make_place
from support.runs import largest_file

from tokstats_parallel import BatchTokenizer, vocabulary
from tokstats_parallel.batch_tokenizer.folder import check_folder, write_folder
from tokstats_parallel.errors import OutputError

NAMES = {"batch.json", "tokenizer_config.json", "tokenizer.json"}


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> BatchTokenizer:
    place = make_place(tmp_path_factory.mktemp("place"))
    place.write(train_directory=str(place.folder / "train"))
    cache = place.folder / "cache"
    return vocabulary(place.config, 5, cache_dir=cache, **SPECIAL)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def refused(batch: BatchTokenizer, folder: Path) -> str:
    with pytest.raises(OutputError) as caught:
        write_folder(batch, folder, with_texts=True)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_new_folder_is_made(batch: BatchTokenizer, tmp_path: Path) -> None:
    folder = tmp_path / "some" / "where"
    paths = write_folder(batch, folder, with_texts=True)
    assert {path.name for path in paths} == names(folder) == NAMES | {"texts.jsonl"}
    described = json.loads((folder / "batch.json").read_text("utf-8"))
    assert described["batch"] == 5
    assert described["pieces"] == len(batch.pieces)
    assert described["special_tokens"] == {"<s>": 0, "</s>": 1}
    assert described["corpora"].keys() == {batch.language}
    rows = [json.loads(line) for line in (folder / "texts.jsonl").read_text("utf-8").splitlines()]
    assert [(row["language"], row["text"]) for row in rows] == list(batch.texts)
    assert len(rows) == 4


def test_an_earlier_batch_is_replaced_with_its_texts(batch: BatchTokenizer, tmp_path: Path) -> None:
    write_folder(batch, tmp_path, with_texts=True)
    write_folder(replace(batch, batch=6, vocabulary=batch.vocabulary[:400]), tmp_path, with_texts=False)
    assert names(tmp_path) == NAMES
    assert json.loads((tmp_path / "batch.json").read_text("utf-8"))["batch"] == 6
    assert len(json.loads((tmp_path / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]) == 400


def test_equal_batches_give_equal_bytes(batch: BatchTokenizer, tmp_path: Path) -> None:
    for name in "ab":
        write_folder(batch, tmp_path / name, with_texts=True)
    for name in names(tmp_path / "a"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_other_files_stay(batch: BatchTokenizer, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    write_folder(batch, tmp_path, with_texts=False)
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json", "texts.jsonl", "batch.json"])
@pytest.mark.parametrize("content", ["{}", "", "[", "[1]"])
def test_files_of_others_are_never_replaced(name: str, content: str, batch: BatchTokenizer, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    assert refused(batch, tmp_path).startswith(f"{tmp_path / name}: was not written by this command")
    assert names(tmp_path) == {name}
    assert (tmp_path / name).read_text() == content


def test_a_file_in_the_folders_place_is_named(batch: BatchTokenizer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    assert refused(batch, tmp_path / "file").startswith(f"{tmp_path / 'file'}: is not a folder")
    assert refused(batch, tmp_path / "file" / "below").startswith(f"{tmp_path / 'file'}: is not a folder")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    assert "is not a folder" in refused(batch, tmp_path / "link")


def test_a_link_to_a_folder_stays(batch: BatchTokenizer, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    write_folder(batch, tmp_path / "link", with_texts=False)
    assert (tmp_path / "link").is_symlink()
    assert names(tmp_path / "real") == NAMES


def test_a_full_disk_leaves_the_earlier_batch(batch: BatchTokenizer, tmp_path: Path) -> None:
    write_folder(batch, tmp_path, with_texts=True)
    before = {name: (tmp_path / name).read_bytes() for name in names(tmp_path)}
    with largest_file(3000):
        assert "cannot be written (File too large); make room" in refused(replace(batch, batch=6), tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in names(tmp_path)} == before


def test_a_folder_that_cannot_be_written_is_named(batch: BatchTokenizer, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with ordinary_permissions():
            assert "cannot be written (Permission denied)" in refused(batch, tmp_path / "inner")
    finally:
        tmp_path.chmod(0o700)


def test_the_check_makes_nothing(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert not names(tmp_path)
