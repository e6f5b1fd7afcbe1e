"""The folder of partials: one run has it, what it left is used again, and it goes when the result is there."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest

from tokstats_parallel import partial, parts
from tokstats_parallel.errors import OutputError
from tokstats_parallel.partial import Partial
from tokstats_parallel.plan import Shard

SHARDS = [Shard("python", 0, first, 10) for first in (0, 10, 20)] + [Shard("go", 0, 0, 7)]
FINGERPRINTS = {"python": "11" * 32, "go": "22" * 32}
RUN = b"\x02\x40\x40\x01"  # one token of two bytes, once


def save(folder: Path, shard: Shard, job_digest: str = "job", fingerprints: Mapping[str, str] = FINGERPRINTS) -> Path:
    fingerprint = fingerprints[shard.language]
    return partial.save(folder, shard, RUN, job_digest=job_digest, fingerprint=fingerprint)


def saved(folder: Path, notices: list[str] | None = None) -> list[Partial]:
    notify = pytest.fail if notices is None else notices.append
    return parts.saved(folder, SHARDS, job_digest="job", fingerprints=FINGERPRINTS, notify=notify)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_folder_goes_at_a_good_end(tmp_path: Path) -> None:
    with parts.opened(tmp_path / "out.parts") as folder:
        assert folder == tmp_path / "out.parts"
        save(folder, SHARDS[0])
    assert names(tmp_path) == set()


@pytest.mark.parametrize("failure", [ValueError, KeyboardInterrupt, SystemExit, OutputError])
def test_the_folder_stays_at_a_failure(failure: type[BaseException], tmp_path: Path) -> None:
    def fail() -> None:
        with parts.opened(tmp_path / "out.parts") as folder:
            save(folder, SHARDS[0])
            raise failure

    with pytest.raises(failure):
        fail()
    with parts.opened(tmp_path / "out.parts") as folder:
        (left,) = saved(folder)
        assert left.shard == SHARDS[0]


def test_nothing_stays_where_nothing_was_saved(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), parts.opened(tmp_path / "out.parts"):
        raise KeyboardInterrupt
    assert names(tmp_path) == set()


def test_one_run_at_a_time_has_the_folder(tmp_path: Path) -> None:
    with parts.opened(tmp_path / "out.parts") as folder:
        save(folder, SHARDS[0])
        with pytest.raises(OutputError, match="another run") as caught, parts.opened(tmp_path / "out.parts"):
            pytest.fail("two runs have the folder")
        assert str(tmp_path / "out.parts") in str(caught.value)
        assert len(saved(folder)) == 1, "the refused run has touched the folder"
        with parts.opened(tmp_path / "other.parts"):
            pass
    with parts.opened(tmp_path / "out.parts"):
        pass


HOLDER = """
import sys, time
from pathlib import Path
from tokstats_parallel import parts
with parts.opened(Path(sys.argv[1])) as folder:
    (folder / "python.0.0-10.partial.tmp").touch()
    print("has it", flush=True)
    time.sleep(600)
"""


def test_the_folder_is_locked_until_it_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes while the folder is being removed is either refused, or has one of its own that stays."""
    folder = tmp_path / "out.parts"
    refused: list[Path] = []
    unlink = Path.unlink

    def come_before(path: Path, missing_ok: bool = False) -> None:
        with pytest.raises(OutputError, match="another run"), parts.opened(folder):
            pytest.fail("two runs have the folder")
        refused.append(path)
        unlink(path, missing_ok)

    with parts.opened(folder):
        save(folder, SHARDS[0])
        monkeypatch.setattr(Path, "unlink", come_before)
    assert refused[-1] == folder / parts.LOCK
    assert len(refused) == 2
    assert names(tmp_path) == set()


@pytest.mark.parametrize("failure", [None, KeyboardInterrupt])
def test_a_run_that_comes_at_the_end_keeps_its_folder(
    failure: type[BaseException] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the lock has just gone, and is about to save its first partial when the first run has ended."""
    folder = tmp_path / "out.parts"
    rmdir = Path.rmdir

    def come(path: Path) -> None:
        monkeypatch.setattr(Path, "rmdir", rmdir)
        second.enter_context(parts.opened(folder))
        rmdir(path)

    with ExitStack() as second:
        first = pytest.raises(failure) if failure else nullcontext()
        with first, parts.opened(folder):
            monkeypatch.setattr(Path, "rmdir", come)
            if failure:
                raise failure
        with pytest.raises(OutputError, match="another run"), parts.opened(folder):
            pytest.fail("two runs have the folder")
        save(folder, SHARDS[0])
        assert len(saved(folder)) == 1
    assert names(tmp_path) == set()


@pytest.mark.parametrize("moment", ["before the lock", "after the lock"])
def test_a_folder_that_vanishes_while_it_is_taken_is_made_again(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out.parts"
    module, name = {"before the lock": (os, "open"), "after the lock": (fcntl, "flock")}[moment]
    real = getattr(module, name)

    def vanish(*arguments: Any) -> Any:
        monkeypatch.undo()
        shutil.rmtree(folder)
        return real(*arguments)

    monkeypatch.setattr(module, name, vanish)
    with parts.opened(folder):
        assert names(folder) == {parts.LOCK}
        with pytest.raises(OutputError, match="another run"), parts.opened(folder):
            pytest.fail("two runs have the folder")


def test_a_killed_run_lets_go_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out.parts"
    path = {"PYTHONPATH": str(Path(parts.__file__).parents[1])}
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, env=os.environ | path, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "has it\n"
            with pytest.raises(OutputError, match="another run"), parts.opened(folder):
                pytest.fail("two runs have the folder")
        finally:
            process.kill()
    with parts.opened(folder):
        assert saved(folder) == []
        assert names(folder) == {parts.LOCK}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    for folder in (tmp_path / "missing" / "out.parts", tmp_path / "file", tmp_path / "link"):
        (tmp_path / "file").touch()
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to("nowhere")
        with pytest.raises(OutputError, match=str(folder)), parts.opened(folder):
            pytest.fail("there is no such folder")
    assert names(tmp_path) == {"file", "link"}


def test_all_that_fits_is_found(tmp_path: Path) -> None:
    for shard in SHARDS:
        save(tmp_path, shard)
    assert {one.shard for one in saved(tmp_path)} == set(SHARDS)
    assert all((one.entries, one.occurrences) == (1, 1) for one in saved(tmp_path))


def test_what_does_not_fit_is_removed_with_a_notice(tmp_path: Path) -> None:
    save(tmp_path, SHARDS[0])
    bad = [
        save(tmp_path, SHARDS[1], job_digest="other"),
        save(tmp_path, SHARDS[3], fingerprints={"go": "33" * 32}),
        tmp_path / "nonsense.partial",
    ]
    bad[2].write_bytes(b"nonsense")
    notices: list[str] = []
    (kept,) = saved(tmp_path, notices)
    assert kept.shard == SHARDS[0]
    assert names(tmp_path) == {"python.0.0-10.partial"}
    assert {notice.partition(":")[0] for notice in notices} == set(map(str, bad))
    assert all("removed" in notice and "remove it" not in notice for notice in notices)


def test_a_damaged_partial_is_removed_with_a_notice(tmp_path: Path) -> None:
    path = save(tmp_path, SHARDS[0])
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    notices: list[str] = []
    assert saved(tmp_path, notices) == []
    assert len(notices) == 1
    assert str(path) in notices[0]
    assert names(tmp_path) == set()


def test_a_shard_of_another_cut_is_not_used(tmp_path: Path) -> None:
    """Another `shard_draws`, or the last shard of a shorter run: its draws would count twice."""
    save(tmp_path, Shard("python", 0, 20, 5))
    save(tmp_path, Shard("python", 0, 0, 20))
    assert saved(tmp_path, []) == []


def test_half_written_files_are_removed(tmp_path: Path) -> None:
    save(tmp_path, SHARDS[0])
    (tmp_path / "python.0.10-20.4711.tmp").write_bytes(b"half")
    assert len(saved(tmp_path)) == 1
    assert names(tmp_path) == {"python.0.0-10.partial"}


def test_what_is_not_a_partial_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text(json.dumps("mine"))
    assert saved(tmp_path) == []
    assert names(tmp_path) == {"notes.txt"}
