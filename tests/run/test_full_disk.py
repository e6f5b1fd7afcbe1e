"""Full and failing disks: one line says what to do, and everything saved and all old files stay as they were.

Files that the kernel refuses to write stand in for disks: `/dev/full` has no room, and an address that no process has
fails as a broken disk does. Where file systems can be mounted (root), a small one is filled by the whole command.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest
from soaking.folder import Result, SoakFolder, strays
from soaking.victim import Victim
from support.old_result import OLD, write_old
from support.packed import pack
from support.places import make_place
from support.results import counted, facts_of, finish, save_partial
from support.runs import make_job

from tokstats_parallel.commands.main import main
from tokstats_parallel.config.job import Job
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.errors import OutputError
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run import saved_shards, work_folder
from tokstats_parallel.shards.partial import Partial, check, save
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.atomic import temporary_path

SECONDS = 120.0


class Disk(NamedTuple):
    """A file that the kernel refuses to write, and the words of the error."""

    file: str
    reason: str
    remedy: str


FULL = Disk("/dev/full", "No space left on device", "make room and run the same command again")
BROKEN = Disk("/proc/self/mem", "Input/output error", "see to the disk and run the same command again")
MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")
COUNTS = {f"{number:x}".encode() + b"!": 1 + number % 3 for number in range(3000)}

disks = pytest.mark.parametrize("disk", [FULL, BROKEN], ids=["full", "broken"])
pytestmark = pytest.mark.skipif(not Path(FULL.file).is_char_device(), reason="no /dev/full here")


@dataclass
class SavedRun:
    """A run that has ended except for its result."""

    job: Job
    partials: list[Partial]

    def write(self, output: Path, *, memory: int = 1 << 20, threads: int = 1) -> None:
        facts = facts_of(self.job, {"python": 3})
        finish(facts, self.partials, OutputPaths.of(output), memory=memory, threads=threads)


@pytest.fixture
def saved_run(tmp_path: Path) -> SavedRun:
    folder = tmp_path / "saved"
    folder.mkdir()
    return SavedRun(make_job(tmp_path / "job"), [save_partial(folder, Shard("python", 0, 0, 3), pack(COUNTS))])


@pytest.fixture
def output(tmp_path: Path) -> Path:
    folder = tmp_path / "output"
    folder.mkdir()
    write_old(folder / "out.json")
    return folder / "out.json"


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def says(caught: pytest.ExceptionInfo[OutputError], path: Path, disk: Disk) -> None:
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert disk.reason in message
    assert message.endswith(disk.remedy)
    assert "\n" not in message


@disks
def test_a_shard_that_cannot_be_saved(disk: Disk, tmp_path: Path) -> None:
    first, second = Shard("python", 0, 0, 3), Shard("python", 0, 3, 3)
    save(tmp_path, first, counted(first, pack(COUNTS)), job_digest="", fingerprint="")
    before = files(tmp_path)
    path = tmp_path / f"{second}.partial"
    temporary_path(path).symlink_to(disk.file)
    with pytest.raises(OutputError) as caught:
        save(tmp_path, second, counted(second, pack(COUNTS)), job_digest="", fingerprint="")
    says(caught, path, disk)
    assert files(tmp_path) == before
    assert save(tmp_path, second, counted(second, pack(COUNTS)), job_digest="", fingerprint="") == path
    assert check(path, job_digest="", fingerprints={}).segments[0].entries == len(COUNTS)


def test_a_saved_shard_that_cannot_be_read_stays(tmp_path: Path) -> None:
    """The disk may be a network's, which answers again tomorrow; the user decides."""
    shard = Shard("python", 0, 0, 3)
    with work_folder.open_folder(tmp_path / "work") as folder:
        path = folder.path / f"{shard}.partial"
        path.symlink_to(BROKEN.file)
        setup = RunSetup(job=make_job(tmp_path), job_digest="", corpora={}, partials_folder=folder.path)
        with pytest.raises(OutputError) as caught:
            saved_shards.load_saved(folder, setup, {}, notify=pytest.fail)
        assert str(caught.value) == (
            f"{path}: cannot be read (Input/output error); see to the disk and run the same command again, "
            "or remove the file to have it made anew"
        )
        assert path.is_symlink()


@disks
def test_rows_that_cannot_be_kept(disk: Disk, saved_run: SavedRun, output: Path) -> None:
    spill = output.with_name("rows.tmp")
    spill.symlink_to(disk.file)
    with pytest.raises(OutputError) as caught:
        saved_run.write(output, memory=1000)
    says(caught, spill, disk)
    assert files(output.parent) == OLD
    saved_run.write(output, memory=1000)
    kept = files(output.parent)
    saved_run.write(output)
    assert files(output.parent)["out.json"] == kept["out.json"]
    assert files(output.parent)["out.parquet"] == kept["out.parquet"]


@disks
@pytest.mark.parametrize("name", OLD)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_of_the_result_that_cannot_be_written(
    threads: int, name: str, disk: Disk, saved_run: SavedRun, output: Path
) -> None:
    temporary_path(output.parent / name).symlink_to(disk.file)
    with pytest.raises(OutputError) as caught:
        saved_run.write(output, threads=threads)
    says(caught, output.parent / name, disk)
    assert files(output.parent) == OLD
    saved_run.write(output)
    assert set(files(output.parent)) == set(OLD)
    assert output.read_bytes() != OLD["out.json"]


@pytest.mark.parametrize("name", OLD)
def test_a_file_of_the_result_that_does_not_reach_the_disk(
    name: str, saved_run: SavedRun, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names it, and no old file has been replaced by then."""
    flush = os.fsync

    def fsync(descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink() == temporary_path(output.parent / name):
            raise OSError(5, os.strerror(5))
        flush(descriptor)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fsync)
        with pytest.raises(OutputError) as caught:
            saved_run.write(output)
    says(caught, output.parent / name, BROKEN)
    assert files(output.parent) == OLD
    saved_run.write(output)
    assert output.read_bytes() != OLD["out.json"]


# The whole command, on a file system of its own


def mount(folder: Path, options: str) -> bool:
    if MOUNT is None or UMOUNT is None:
        return False
    words = [MOUNT, "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(words, check=False, capture_output=True).returncode == 0


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk with almost no free space."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not mount(folder, "size=16k"):
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run([UMOUNT or "", str(folder)], check=True)


def saved(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*.partial")}


def test_a_disk_that_is_full_at_every_stage_of_a_run(small: Path, tmp_path: Path) -> None:
    """The disk grows step by step until it suffices: no step loses a shard, and the last has the right bytes."""
    folder = SoakFolder.make(tmp_path / "inputs", batches=24, size=3000)
    undisturbed = tmp_path / "undisturbed" / "out.json"
    undisturbed.parent.mkdir()
    with Victim(folder.command(undisturbed), folder.path) as command:
        assert command.wait(SECONDS) == 0, command.said()
    output = small / "out.json"
    write_old(output)
    stages, kept, code = set[str](), dict[str, bytes](), None
    room = 16
    while code != 0:
        with Victim(folder.command(output), folder.path) as command:
            code = command.wait(SECONDS)
            assert command.left() == []
            said = command.said()
        if code == 0:
            break
        assert code == 1, said
        assert said.startswith("tokstats: error: ")
        assert said.count("\n") == 1, said
        assert "No space left on device" in said
        assert "make room and run the same command again" in said
        assert {name: (small / name).read_bytes() for name in OLD} == OLD
        assert saved(small).items() >= kept.items()
        kept = saved(small)
        stages.add("output" if "out.json: " in said or "out.parquet: " in said else "shards")
        room *= 2
        assert mount(small, f"remount,size={room}k")
    assert stages == {"shards", "output"}
    assert Result.of(output) == Result.of(undisturbed)
    assert strays(output) == set()


def test_a_disk_that_is_full_at_every_stage_of_tasks(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plan, claim, shards and result each fail with one line, and go on when there is room."""
    monkeypatch.chdir(tmp_path)
    place = make_place(tmp_path)
    work, output = str(small / "w"), small / "out.json"
    job = place.options[: place.options.index("--workers")]
    plan = ["plan", "config.json", "--num-batches", "600", "--work-dir", work, *job]
    task = ["work", work, "--task", "0", "--tasks", "1", "--workers", "1", "--quiet"]

    def refuses(*words: str) -> str:
        capsys.readouterr()
        assert main(list(words)) == 1
        error = capsys.readouterr().err.splitlines()[-1]
        assert "(No space left on device); " in error
        assert "make room and run the same command again" in error
        return error

    assert f"{work}: cannot keep finished shards here" in refuses(*plan, "--tasks", "500")
    assert main([*plan, "--tasks", "1"]) == 0
    assert ".partial: cannot be written" in refuses(*task)
    fill = small / "fill"
    with suppress(OSError), fill.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    assert f"{work}: task 0: cannot be claimed" in refuses(*task)
    fill.unlink()
    assert mount(small, "remount,size=300k")
    assert main(task) == 0
    with fill.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    assert f"{output}" in refuses("merge", work, "--output-file", str(output), "--quiet")
    assert not output.exists()
    fill.unlink()
    assert mount(small, "remount,size=10M")
    assert main(["merge", work, "--output-file", str(output), "--quiet"]) == 0
    assert main(["collect", "config.json", "--num-batches", "600", "--output-file", "here.json", *place.options]) == 0
    assert output.read_bytes() == Path("here.json").read_bytes()
