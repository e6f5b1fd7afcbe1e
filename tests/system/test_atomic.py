"""Atomic replacement: the old file or the whole new one, on the disk, and no leftover that the next time keeps."""

import os
import stat
from pathlib import Path

import pytest

from tokstats_parallel.system.atomic import remove_leftovers, replacing, temporary_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "x"
    for text in ("old", "new"):
        with replacing(path) as temporary:
            assert temporary.parent == tmp_path, "renaming works within a file system"
            temporary.write_text(text)
        assert path.read_text() == text
        assert names(tmp_path) == {"x"}


@pytest.mark.parametrize("error", [OSError(28, "full"), KeyboardInterrupt(), ValueError("a defect")], ids=repr)
@pytest.mark.parametrize("begun", [True, False])
def test_a_failure_leaves_the_old_file(begun: bool, error: BaseException, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            if begun:
                temporary.write_text("half")
            raise error

    with pytest.raises(type(error)):
        fail()
    assert path.read_text() == "old"
    assert names(tmp_path) == {"x"}


def test_a_block_that_writes_nothing_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "x"):
        pass
    assert (tmp_path / "x").read_text() == "old"


def test_the_file_is_flushed_before_it_has_its_name_and_the_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    flushed: list[tuple[str, bool]] = []

    def fsync(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        flushed.append((kind, path.exists()))

    monkeypatch.setattr(os, "fsync", fsync)
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert flushed == [("file", False), ("folder", True)]


def test_what_a_killed_process_leaves_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "x"
    if (pid := os.fork()) == 0:
        with replacing(path) as temporary:
            temporary.write_text("half of a long text")
            os._exit(9)
    os.waitpid(pid, 0)
    assert len(names(tmp_path)) == 1
    assert not path.exists()
    with replacing(path) as temporary:
        temporary.write_text("new")
    assert path.read_text() == "new"
    assert names(tmp_path) == {"x"}


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "x").symlink_to("far/y")
    for text in ("new", "newer"):
        with replacing(tmp_path / "x") as temporary:
            assert temporary.parent == tmp_path / "far", "renaming works within a file system"
            temporary.write_text(text)
        assert (tmp_path / "x").is_symlink()
        assert (tmp_path / "far" / "y").read_text() == text
        assert names(tmp_path / "far") == {"y"}


def test_links_in_a_circle_are_an_error_about_the_path(tmp_path: Path) -> None:
    (tmp_path / "x").symlink_to("x")
    with pytest.raises(OSError, match="symbolic links") as caught, replacing(tmp_path / "x"):
        pytest.fail("there is nothing to replace")
    assert caught.value.filename == str(tmp_path / "x")


def test_a_temporary_file_of_another_program_stays(tmp_path: Path) -> None:
    for name in (".x.tmp", "x.tmp", ".x.json.tmp"):
        (tmp_path / name).write_text("theirs")
    for path in (tmp_path / "x", tmp_path / "x.json"):
        with replacing(path) as temporary:
            temporary.write_text("new")
    assert [(tmp_path / name).read_text() for name in (".x.tmp", "x.tmp", ".x.json.tmp")] == ["theirs"] * 3


def test_writers_with_names_of_their_own_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with replacing(path, writer="a-1") as first:
        first.write_text("whole")
        with replacing(path, writer="b-2") as second:
            second.write_text("whole")
        assert first.read_text() == "whole"
    assert path.read_text() == "whole"
    assert names(tmp_path) == {"x"}


def test_the_leftovers_of_one_writer_are_removed(tmp_path: Path) -> None:
    for writer in ("dead-1", "live-2", "more-dead-1", ""):
        temporary_path(tmp_path / "x", writer).touch()
    (tmp_path / "x.dead-1").touch()
    remove_leftovers(tmp_path, "dead-1")
    assert names(tmp_path) == {
        ".x.live-2.tokstats.tmp",
        ".x.more-dead-1.tokstats.tmp",
        ".x.tokstats.tmp",
        "x.dead-1",
    }
