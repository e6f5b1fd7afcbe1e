"""Files of a folder: one rule for what is read, and no file that is passed over without a word."""

from pathlib import Path

import pytest

from tokstats_parallel.corpus.folder_files import choose_files, list_names, split_of


def test_all_parquet_files_are_read_sorted_by_name() -> None:
    chosen = choose_files(["c.PARQUET", "b.pq", "sub/0.parquet", "a.parquet", "a.snappy.parquet"])
    assert chosen.names == ("a.parquet", "a.snappy.parquet", "b.pq", "c.PARQUET", "sub/0.parquet")
    assert chosen.notice() == ""


@pytest.mark.parametrize("end", ["gz", "zst", "bz2", "xz", "zip", "GZ"])
def test_a_compressed_file_is_left_out_and_named(end: str) -> None:
    chosen = choose_files(["a.parquet", f"c.parquet.{end}"])
    assert chosen.names == ("a.parquet",)
    assert chosen.notice() == f"left out: 1 file (c.parquet.{end}: compressed; unpack it)"


def test_other_endings_are_the_callers() -> None:
    chosen = choose_files(["0.jsonl", "1.jsonl.gz", "2.parquet"], (".jsonl", ".jsonl.gz"))
    assert chosen.names == ("0.jsonl", "1.jsonl.gz")
    assert chosen.notice() == "left out: 1 file (2.parquet: another kind of file)"


def test_files_without_rows_are_not_worth_a_word() -> None:
    names = ["README.md", "LICENSE", ".gitattributes", "_SUCCESS", "_metadata", ".a.parquet.crc", "dataset_infos.json"]
    assert choose_files(["a.parquet", *names]).notice() == ""


@pytest.mark.parametrize("name", ["_b.parquet", ".b.pq", "_temporary/0/b.parquet", "._b.parquet"])
def test_hidden_data_is_left_out_and_named(name: str) -> None:
    chosen = choose_files(["a.parquet", name])
    assert chosen.names == ("a.parquet",)
    assert chosen.notice() == f"left out: 1 file ({name}: hidden)"


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train-00000-of-00001.parquet", "train"),
        ("data/train-00000-of-00001-0af3.parquet", "train"),
        ("training/0000.parquet", "train"),
        ("default/partial-train/0000.parquet", "train"),
        ("Test.parquet", "test"),
        ("wiki.eval.parquet", "test"),
        ("evaluation_0.parquet", "test"),
        ("dev.pq", "validation"),
        ("val/part-0.parquet", "validation"),
        ("valid0.parquet", "validation"),
        ("test/train-0.parquet", "train"),
        ("part-0.parquet", None),
        ("trained/latest.parquet", None),
        ("détest.parquet", None),
    ],
)
def test_the_split_of_a_name(name: str, split: str | None) -> None:
    assert split_of(name) == split


def test_files_of_split_train_are_read_alone() -> None:
    names = [f"{split}-{number}.parquet" for split in ("train", "test", "validation") for number in range(5)]
    chosen = choose_files([*names, "more.parquet"])
    assert chosen.names == tuple(names[:5])
    assert chosen.notice() == (
        "left out: 11 files (more.parquet: not of split 'train'; test-0.parquet, test-1.parquet, test-2.parquet, "
        "and 2 more: of split 'test'; validation-0.parquet, validation-1.parquet, validation-2.parquet, and 2 more: "
        "of split 'validation')"
    )


def test_without_split_train_the_files_of_no_split_are_read() -> None:
    chosen = choose_files(["test-0.parquet", "part-0.parquet"])
    assert chosen.names == ("part-0.parquet",)
    assert chosen.notice() == "left out: 1 file (test-0.parquet: of split 'test')"


def test_other_splits_are_read_where_there_is_nothing_else_and_that_is_said() -> None:
    chosen = choose_files(["test-0.parquet", "dev-0.parquet"])
    assert chosen.names == ("dev-0.parquet", "test-0.parquet")
    assert chosen.notice() == "no file is of split 'train', so split test and validation is read"


def test_a_name_that_would_end_the_line_is_escaped() -> None:
    assert "a\\nb.csv" in choose_files(["a\nb.csv"]).notice()


def test_the_names_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "data" / "b").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    (tmp_path / "lost.parquet").mkdir()
    for name in ("0.parquet", "data/1.parquet", "data/b/2.parquet"):
        (tmp_path / name).touch()
    (tmp_path / "data" / "b" / "circle").symlink_to(tmp_path)
    (tmp_path / "gone.parquet").symlink_to("nowhere")
    assert sorted(list_names(tmp_path)) == [
        "0.parquet",
        "data/1.parquet",
        "data/b/2.parquet",
        "gone.parquet",
        "lost.parquet",
    ]


def test_a_link_to_a_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "0.parquet").touch()
    (tmp_path / "go").mkdir()
    (tmp_path / "go" / "data").symlink_to(tmp_path / "elsewhere")
    assert list(list_names(tmp_path / "go")) == ["data/0.parquet"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(list_names(tmp_path / "go"))
