"""Missing data: one line that says what lies there, and a command that a shell takes as it is."""

import shlex
from pathlib import Path

import pytest
from support.corpora import ROWS, text_table, write_parquet, write_saved, write_saved_splits

from tokstats_parallel.corpus.language_files import find_source
from tokstats_parallel.corpus.missing_data import hint_at, no_data


def command_in(message: str) -> list[str]:
    return shlex.split(message.split("`")[1])


def test_the_command_can_be_pasted(tmp_path: Path) -> None:
    folder = tmp_path / "it's a folder; $(true)"
    message = no_data(folder, ["go", "c-sharp"])
    assert message.startswith(f"{folder}/go.parquet, {folder}/c-sharp.parquet: no such data; make it with `")
    assert command_in(message) == [
        *["tokstats", "prepare", "--include-langs", "go", "c-sharp", "--out-train-dir"],
        str(folder),
    ]


def test_a_data_set_of_code_has_no_natural_language(tmp_path: Path) -> None:
    message = no_data(tmp_path, ["ru"])
    assert command_in(message)[2:6] == ["--include-langs", "ru", "--from-parquet", "FOLDER"]
    both = no_data(tmp_path, ["go", "ru", "tiếng Việt"])
    assert f"make go with `tokstats prepare --include-langs go --out-train-dir {tmp_path}`" in both
    assert "make ru tiếng Việt of Parquet files of your own with `tokstats prepare --include-langs ru 'tiếng" in both


@pytest.mark.parametrize(
    ("typed", "there"),
    [("pyton", "python"), ("Go", "go"), ("PYTHON", "python"), ("python3", "python"), ("javscript", "javascript")],
)
def test_a_misspelled_name_names_the_data_that_lies_there(typed: str, there: str, tmp_path: Path) -> None:
    write_parquet(tmp_path / "python.parquet")
    write_parquet(tmp_path / "go.parquet")
    write_saved(tmp_path / "javascript", text_table(ROWS))
    assert (
        no_data(tmp_path, [typed])
        == f"{tmp_path}/{typed}.parquet: no such data; did you mean {there!r}, which lies there?"
    )


@pytest.mark.parametrize("typed", ["ru", "c", "java"])
def test_a_short_or_other_name_is_no_misspelling(typed: str, tmp_path: Path) -> None:
    for name in ("rust", "cpp", "javascript"):
        write_parquet(tmp_path / f"{name}.parquet")
    (tmp_path / "rus").mkdir()  # without data
    assert hint_at(tmp_path, typed) == ""


@pytest.mark.parametrize("name", ["go.parquet", "go"])
@pytest.mark.parametrize("target", ["/mnt/gone/go.parquet", None])
def test_a_link_that_leads_nowhere_is_named(name: str, target: str | None, tmp_path: Path) -> None:
    write_parquet(tmp_path / "gos.parquet")
    if name != "go":  # other data of the language does not take the place of the lost file
        write_saved(tmp_path / "go", text_table(ROWS))
    (tmp_path / name).symlink_to(target or name)  # None for a link to itself
    assert find_source(tmp_path, "go") is None
    assert no_data(tmp_path, ["go"]) == (
        f"{tmp_path / name}: a link that leads nowhere (to {target or name}); mend the link, or put the data there"
    )


def test_several_languages_each_with_its_reason(tmp_path: Path) -> None:
    write_parquet(tmp_path / "python.parquet")
    message = no_data(tmp_path, ["pyton", "go"])
    assert "did you mean 'python', which lies there?; " in message
    assert message.endswith(f"go.parquet: no such data; make it with `{shlex.join(command_in(message))}`")


def test_arrow_files_without_their_list(tmp_path: Path) -> None:
    folder = write_saved(tmp_path / "go", text_table(ROWS))
    (folder / "state.json").unlink()
    assert no_data(tmp_path, ["go"]) == (
        f"{folder}: has data-00000-of-00002.arrow, but no state.json, which lists the files of a saved dataset; "
        "save the dataset again with save_to_disk, or copy that file, too"
    )


def test_saved_splits_without_their_list(tmp_path: Path) -> None:
    folder = write_saved_splits(tmp_path / "go", {"train": text_table(ROWS)})
    (folder / "dataset_dict.json").unlink()
    assert no_data(tmp_path, ["go"]).startswith(f"{folder}: has saved splits, but no dataset_dict.json; ")


@pytest.mark.parametrize(
    ("names", "what"),
    [
        ([], "a folder without data"),
        (["README.md"], "a folder without data"),
        (["a.parquet.gz"], "no Parquet file to read (left out: 1 file (a.parquet.gz: compressed; unpack it))"),
        (
            ["a.jsonl", "b.jsonl"],
            "no Parquet file to read (left out: 2 files (a.jsonl, b.jsonl: another kind of file))",
        ),
    ],
)
def test_a_folder_without_parquet(names: list[str], what: str, tmp_path: Path) -> None:
    (tmp_path / "go").mkdir()
    for name in names:
        (tmp_path / "go" / name).touch()
    assert no_data(tmp_path, ["go"]) == f"{tmp_path}/go: {what}; put Parquet files with a column 'text' there"


def test_a_file_with_another_ending(tmp_path: Path) -> None:
    (tmp_path / "go.parquet.gz").touch()
    assert no_data(tmp_path, ["go"]).endswith("go.parquet.gz: is not read; unpack or rename it to go.parquet")
    (tmp_path / "my code.jsonl").touch()
    command = command_in(no_data(tmp_path, ["my code"]))
    assert command[2:6] == ["--include-langs", "my code", "--from-jsonl", str(tmp_path / "my code.jsonl")]


def test_shards_beside_their_folder(tmp_path: Path) -> None:
    write_parquet(tmp_path / "go-00000-of-00002.parquet")
    assert no_data(tmp_path, ["go"]) == (
        f"{tmp_path}/go-00000-of-00002.parquet: is not read; move the shards of go to {tmp_path}/go/"
    )


def test_a_training_folder_that_is_not_there(tmp_path: Path) -> None:
    assert hint_at(tmp_path / "gone", "go") == ""
    assert hint_at(tmp_path, "x" * 300) == ""
