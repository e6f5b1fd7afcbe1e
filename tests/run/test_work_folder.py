"""Work folder and saved shards: one run at a time, saved shards are used again, and no other run's work is lost."""

import errno
import fcntl
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.results import counted
from support.runs import small_job
from support.sampling import changed

from tokstats_parallel.config.job import Job
from tokstats_parallel.config.languages import Language
from tokstats_parallel.config.tokenizer import Reference
from tokstats_parallel.engines.interface import RunSetup
from tokstats_parallel.errors import OutputError, ResumeError
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run import folder_lock, job_file, saved_shards, work_folder
from tokstats_parallel.run.work_folder import WorkFolder
from tokstats_parallel.sampling import Pooling
from tokstats_parallel.shards import partial
from tokstats_parallel.shards.partial import Partial
from tokstats_parallel.shards.plan import Shard
from tokstats_parallel.system.claims.taking import ClaimedError

SHARDS = [Shard("python", 0, first, 10) for first in (0, 10, 20)] + [Shard("go", 0, 0, 7)]
FINGERPRINTS = {"python": "11" * 32, "go": "22" * 32}
SEGMENT = b"\x02\x40\x40\x01"  # one token of two bytes, once


JOB = small_job(
    num_batches=100,
    languages=(Language("python", 1.0), Language("go", 1.0)),
    reference=Reference("</s>", (("<s>", 0),)),
)


def save(
    folder: WorkFolder | Path, shard: Shard, job: Job = JOB, fingerprints: Mapping[str, str] = FINGERPRINTS
) -> Path:
    path = folder if isinstance(folder, Path) else folder.path
    return partial.save(
        path, shard, counted(shard, SEGMENT), job_digest=job.digest(), fingerprint=fingerprints[shard.language]
    )


def saved(
    folder: WorkFolder | Path,
    notices: list[str] | None = None,
    job: Job = JOB,
    fingerprints: Mapping[str, str] = FINGERPRINTS,
) -> list[Partial]:
    """Loads the saved partials as a run does; the folder is its own from then on."""
    notify = pytest.fail if notices is None else notices.append
    folder = WorkFolder(folder, keep=False) if isinstance(folder, Path) else folder
    setup = RunSetup(job=job, job_digest=job.digest(), corpora={}, partials_folder=folder.path)
    return saved_shards.load_saved(folder, setup, fingerprints, notify=notify)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_folder_goes_at_a_good_end(tmp_path: Path) -> None:
    with work_folder.open_folder(tmp_path / "out.json.work") as folder:
        assert folder.path == tmp_path / "out.json.work"
        saved(folder)
        save(folder, SHARDS[0])
    assert names(tmp_path) == set()


@pytest.mark.parametrize("failure", [ValueError(), KeyboardInterrupt(), SystemExit(), OutputError("no")], ids=repr)
def test_the_folder_stays_at_a_failure(failure: BaseException, tmp_path: Path) -> None:
    def fail() -> None:
        with work_folder.open_folder(tmp_path / "out.json.work") as folder:
            save(folder, SHARDS[0])
            raise failure

    with pytest.raises(type(failure)):
        fail()
    with work_folder.open_folder(tmp_path / "out.json.work") as folder:
        (left,) = saved(folder)
        assert left.shard == SHARDS[0]


def test_the_files_of_tasks_are_ours_and_go_with_the_folder(tmp_path: Path) -> None:
    ours = ["plan.json", ".plan.json.tokstats.tmp", "task-0.claim-1", "task-12.claim-34"]
    with work_folder.open_folder(tmp_path / "out.json.work") as folder:
        for name in ours:
            (folder.path / name).touch()
        saved(folder)
        save(folder, SHARDS[0])
    assert names(tmp_path) == set()
    assert not any(map(work_folder.is_ours, ("task-.claim-1", "go.claim-1", "plans.json", "task-1.claim-x")))


def test_nothing_stays_where_nothing_was_saved(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), work_folder.open_folder(tmp_path / "out.json.work"):
        raise KeyboardInterrupt
    assert names(tmp_path) == set()


def test_one_run_at_a_time_has_the_folder(tmp_path: Path) -> None:
    with work_folder.open_folder(tmp_path / "out.json.work") as folder:
        save(folder, SHARDS[0])
        with (
            pytest.raises(OutputError, match="another run") as caught,
            work_folder.open_folder(tmp_path / "out.json.work"),
        ):
            pytest.fail("two runs have the folder")
        assert str(tmp_path / "out.json.work") in str(caught.value)
        assert len(saved(folder)) == 1, "the refused run has touched the folder"
        with work_folder.open_folder(tmp_path / "other.json.work"):
            pass
    with work_folder.open_folder(tmp_path / "out.json.work"):
        pass


HOLDER = """
import sys, time
from pathlib import Path
from tokstats_parallel.run import work_folder
with work_folder.open_folder(Path(sys.argv[1])) as folder:
    (folder.path / ".python.0.0-10.partial.tmp").touch()
    print("has it", flush=True)
    time.sleep(600)
"""


def test_the_folder_is_locked_until_it_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that starts while the folder is removed is either refused, or gets a folder that stays."""
    folder = tmp_path / "out.json.work"
    refused: list[Path] = []
    unlink = Path.unlink

    def come_before(path: Path, missing_ok: bool = False) -> None:
        with pytest.raises(OutputError, match="another run"), work_folder.open_folder(folder):
            pytest.fail("two runs have the folder")
        refused.append(path)
        unlink(path, missing_ok)

    with work_folder.open_folder(folder) as ours:
        save(ours, SHARDS[0])
        monkeypatch.setattr(Path, "unlink", come_before)
    assert refused[-1] == folder / folder_lock.LOCK
    assert len(refused) == 2
    assert names(tmp_path) == set()


@pytest.mark.parametrize("failure", [None, KeyboardInterrupt])
def test_a_run_that_comes_at_the_end_keeps_its_folder(
    failure: type[BaseException] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It starts when the lock is just removed, and saves its first partial after the first run has ended."""
    folder = tmp_path / "out.json.work"
    rmdir = Path.rmdir

    def come(path: Path) -> None:
        monkeypatch.setattr(Path, "rmdir", rmdir)
        second.enter_context(work_folder.open_folder(folder))
        rmdir(path)

    with ExitStack() as second:
        first = pytest.raises(failure) if failure else nullcontext()
        with first, work_folder.open_folder(folder):
            monkeypatch.setattr(Path, "rmdir", come)
            if failure:
                raise failure
        with pytest.raises(OutputError, match="another run"), work_folder.open_folder(folder):
            pytest.fail("two runs have the folder")
        save(folder, SHARDS[0])
        assert len(saved(folder)) == 1
    assert names(tmp_path) == set()


@pytest.mark.parametrize("moment", ["before the lock", "after the lock"])
def test_a_folder_that_vanishes_while_it_is_taken_is_made_again(
    moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out.json.work"
    module, name = {"before the lock": (os, "open"), "after the lock": (fcntl, "flock")}[moment]
    real = getattr(module, name)

    def vanish(*arguments: Any) -> Any:
        monkeypatch.undo()
        shutil.rmtree(folder)
        return real(*arguments)

    monkeypatch.setattr(module, name, vanish)
    with work_folder.open_folder(folder):
        assert names(folder) == {folder_lock.LOCK}
        with pytest.raises(OutputError, match="another run"), work_folder.open_folder(folder):
            pytest.fail("two runs have the folder")


def test_a_killed_run_releases_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out.json.work"
    path = {"PYTHONPATH": str(Path(work_folder.__file__).parents[2])}
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, env=os.environ | path, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "has it\n"
            with pytest.raises(OutputError, match="another run"), work_folder.open_folder(folder):
                pytest.fail("two runs have the folder")
        finally:
            process.kill()
    with work_folder.open_folder(folder):
        assert saved(folder) == []
        assert names(folder) == {folder_lock.LOCK, job_file.NAME}


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    for folder in (tmp_path / "missing" / "out.json.work", tmp_path / "file", tmp_path / "link"):
        (tmp_path / "file").touch()
        (tmp_path / "link").unlink(missing_ok=True)
        (tmp_path / "link").symlink_to("nowhere")
        with pytest.raises(OutputError, match=str(folder)), work_folder.open_folder(folder):
            pytest.fail("there is no such folder")
    assert names(tmp_path) == {"file", "link"}


def test_all_that_fits_is_found(tmp_path: Path) -> None:
    for shard in SHARDS:
        save(tmp_path, shard)
    assert {one.shard for one in saved(tmp_path)} == set(SHARDS)
    assert all((one.segments[0].entries, one.occurrences) == (1, 1) for one in saved(tmp_path))


def test_the_folder_can_be_kept(tmp_path: Path) -> None:
    with work_folder.open_folder(tmp_path / "w", keep=True) as folder:
        saved(folder)
        save(folder, SHARDS[0])
    assert [one.shard for one in saved(tmp_path / "w")] == [SHARDS[0]]
    with work_folder.open_folder(tmp_path / "w") as folder:
        folder.keep = True
    assert (tmp_path / "w").exists()
    with work_folder.open_folder(tmp_path / "w"):
        pass
    assert names(tmp_path) == set()


def test_the_process_that_has_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / folder_lock.LOCK).write_text("4711 a-very-long-name-of-a-host-that-died\n")
    with work_folder.open_folder(tmp_path / "w"):
        words = f"another run is at work here, process {os.getpid()} on {socket.gethostname()}; "
        with pytest.raises(OutputError, match=re.escape(words)), work_folder.open_folder(tmp_path / "w"):
            pytest.fail("two runs have the folder")
    with work_folder.lock_folder(tmp_path / "w"):
        (tmp_path / "w" / folder_lock.LOCK).write_text("")
        with pytest.raises(OutputError, match="another run is at work here; "), work_folder.lock_folder(tmp_path / "w"):
            pytest.fail("two runs have the folder")


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
def test_a_file_system_without_locks(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", fail)
    folder = tmp_path / "w"
    with work_folder.open_folder(folder):
        work_folder.check_usable(folder)  # nobody can tell without waiting
        assert {name for name in names(folder) if "claim" in name} == {"tokstats-run.claim-1"}
        with pytest.raises(ClaimedError, match="is at work on it"), work_folder.open_folder(folder):
            pytest.fail("two runs have the folder")
    assert not folder.exists()
    with work_folder.open_folder(folder):
        pass
    assert not folder.exists()


# Files and shards of others


def refused(folder: Path, message: str, **options: Any) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(ResumeError, match=message) as caught:
        saved(folder, **options)
    line = str(caught.value)
    assert line.startswith(f"{folder}/")
    assert all(option in line for option in ("--fresh", "--work-dir", "--output-file"))
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


OTHERS = {
    "seed: 42 there, 43 here": replace(JOB, seed=43),
    "size_mean: 500.0 there, 450.5 here": changed(JOB, size_mean=450.5),
    "seed: 42 there, 43 here, pack: True there, False here": changed(JOB, seed=43, pack=False),
    "other languages": replace(JOB, languages=JOB.languages[:1]),
    "other special_tokens": replace(JOB, reference=Reference("</s>", ())),
    "eos_token: </s> there, <e> here": changed(JOB, eos="<e>"),
    "eos_token: </s> there, empty here": changed(JOB, eos=""),
    "eos_token: </s> there, none here, pack: True there, False here": changed(JOB, pack=False),
    "pooling: separate there, mixed here": replace(JOB, pooling=Pooling.MIXED),
    "pooling: separate there, shared here": replace(JOB, pooling=Pooling.SHARED),
}


@pytest.mark.parametrize("message", OTHERS)
def test_shards_of_another_job_are_refused(message: str, tmp_path: Path) -> None:
    assert saved(tmp_path) == []
    save(tmp_path, SHARDS[0])
    folder, other = WorkFolder(tmp_path, keep=False), OTHERS[message]
    words = message.partition(", pack")[0]
    refused(tmp_path, rf"job\.json: .*another run \(.*{words}", job=other)
    with pytest.raises(ResumeError, match=words):
        saved_shards.refuse_other_job(folder, other, fresh=False, notify=pytest.fail)
    save(tmp_path, SHARDS[1], job=other)
    with pytest.raises(ResumeError, match=r"go\.|python\.0\.10-20\.partial"):
        saved(tmp_path)


def test_shards_of_another_corpus_are_refused(tmp_path: Path) -> None:
    assert saved(tmp_path) == []
    save(tmp_path, SHARDS[0])
    other = FINGERPRINTS | {"go": "33" * 32}
    refused(tmp_path, r"job\.json: .*another run \(other corpus of go\)", fingerprints=other)


def test_shards_of_another_format_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(job_file, "FORMAT", 1)
        job_file.write(tmp_path, JOB, FINGERPRINTS)
    save(tmp_path, SHARDS[0])
    refused(tmp_path, r"job\.json: .*another run \(format: 1 there, 4 here\)")


def test_a_shard_that_is_not_of_the_folder_s_job_is_refused(tmp_path: Path) -> None:
    """A shard of another seed or of another corpus, copied into the folder, stops the run."""
    assert saved(tmp_path) == []
    path = save(tmp_path, SHARDS[0], job=replace(JOB, seed=43))
    refused(tmp_path, rf"{path.name}: .*another run \(other seed or config\)")
    (tmp_path / job_file.NAME).unlink()
    refused(tmp_path, rf"{path.name}: .*another run \(other seed or config\)")
    path.unlink()
    path = save(tmp_path, SHARDS[0], fingerprints={"python": "33" * 32})
    refused(tmp_path, rf"{path.name}: .*another run \(other corpus of python\)")


def test_a_folder_without_shards_is_of_no_job(tmp_path: Path) -> None:
    assert saved(tmp_path) == []
    other = replace(JOB, seed=43)
    saved_shards.refuse_other_job(WorkFolder(tmp_path, keep=False), other, fresh=False, notify=pytest.fail)
    assert saved(tmp_path, job=other) == []
    save(tmp_path, SHARDS[0], job=other)
    refused(tmp_path, "seed: 43 there, 42 here")


def test_another_number_of_batches_is_the_same_job(tmp_path: Path) -> None:
    assert saved(tmp_path) == []
    save(tmp_path, SHARDS[0])
    assert len(saved(tmp_path, job=replace(JOB, num_batches=5000))) == 1


def test_fresh_throws_away_what_is_there(tmp_path: Path) -> None:
    assert saved(tmp_path) == []
    for shard in SHARDS:
        save(tmp_path, shard)
    other, notices = replace(JOB, seed=43), list[str]()
    saved_shards.refuse_other_job(WorkFolder(tmp_path, keep=False), other, fresh=True, notify=notices.append)
    assert notices == [f"{tmp_path}: 4 saved shards thrown away"]
    assert names(tmp_path) == set()
    saved_shards.refuse_other_job(WorkFolder(tmp_path, keep=False), other, fresh=True, notify=pytest.fail)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sha256": 1}', "null", "\0" * 100, "[" * 60_000])
def test_a_file_that_is_no_job_file_is_refused(content: str, tmp_path: Path) -> None:
    """Also with --fresh: the file may be of another program."""
    path = tmp_path / job_file.NAME
    path.write_text(content)
    folder = WorkFolder(tmp_path, keep=False)
    for fresh in (True, False):
        with pytest.raises(ResumeError, match=f"{path}: damaged, or not of this program"):
            saved_shards.refuse_other_job(folder, JOB, fresh=fresh, notify=pytest.fail)
    assert path.read_text() == content


def test_a_damaged_job_file_is_noticed(tmp_path: Path) -> None:
    assert saved(tmp_path) == []
    path = tmp_path / job_file.NAME
    whole = path.read_bytes()
    for offset in range(len(whole) - 1):  # the last byte is the end of the line
        path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 1]) + whole[offset + 1 :])
        with pytest.raises(ResumeError, match=f"{path}: "):
            saved(tmp_path)
    path.unlink()
    assert saved(tmp_path) == []
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "name", ["notes.txt", "x.partial", "python.0.0-10.partial.txt", "rows.tmp.tmp", ".x.tmp", "job.json.tmp"]
)
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_folder_with_anything_else_in_it_is_refused(kind: str, name: str, tmp_path: Path) -> None:
    other = tmp_path / name
    other.touch() if kind == "file" else other.mkdir()
    save(tmp_path, SHARDS[0])
    words = f"{tmp_path}: cannot be the work folder, since {name} is in it"
    with pytest.raises(OutputError, match=re.escape(words)), work_folder.open_folder(tmp_path):
        pytest.fail("the folder is not the program's")
    assert names(tmp_path) == {name, "python.0.0-10.partial"}


@pytest.mark.parametrize("text", ["[]", '{"sha256": 1}', "a job of somebody"])
@pytest.mark.parametrize("fresh", [False, True])
def test_a_job_file_of_another_program_stays(fresh: bool, text: str, tmp_path: Path) -> None:
    (tmp_path / job_file.NAME).write_text(text)
    with pytest.raises(ResumeError, match="not of this program"), work_folder.open_folder(tmp_path) as folder:
        saved_shards.refuse_other_job(folder, JOB, fresh=fresh, notify=pytest.fail)
    assert (tmp_path / job_file.NAME).read_text() == text
    assert names(tmp_path) == {job_file.NAME}


@pytest.mark.parametrize("name", ["rows.tmp", "job.json.bak"])
def test_a_name_that_anybody_may_use_is_not_the_programs(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match=re.escape(name)), work_folder.open_folder(tmp_path):
        pytest.fail("the folder is not the program's")
    assert (tmp_path / name).read_text() == "mine"


def test_a_work_folder_that_is_a_circle_of_links(tmp_path: Path) -> None:
    (tmp_path / "w").symlink_to("w")
    paths = OutputPaths.of(tmp_path / "out.json", tmp_path / "w")
    paths.refuse_inputs([tmp_path / "w" / "config.json"])
    paths.check_writable()
    with pytest.raises(OutputError, match=r"w: cannot keep finished shards here \(Too many levels of symbolic links\)"):
        work_folder.check_usable(paths.work)
    with pytest.raises(OutputError, match="Too many levels"), work_folder.open_folder(paths.work):
        pytest.fail("there is no folder")


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_an_entry_with_a_shards_name_that_is_no_file_is_refused(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "python.0.0-10.partial"
    path.mkdir() if kind == "folder" else path.symlink_to("nowhere")
    with pytest.raises(OutputError, match="cannot be the work folder"), work_folder.open_folder(tmp_path):
        pytest.fail("the folder is not the program's")


@pytest.mark.parametrize("failure", [None, KeyboardInterrupt])
def test_files_that_others_put_there_during_a_run_stay(failure: type[BaseException] | None, tmp_path: Path) -> None:
    def run() -> None:
        with work_folder.open_folder(tmp_path / "w") as folder:
            saved(folder)
            (tmp_path / "w" / "notes.txt").touch()
            (tmp_path / "w" / "more").mkdir()
            if failure:
                raise failure

    with pytest.raises(failure) if failure else nullcontext():
        run()
    assert {"notes.txt", "more"} <= names(tmp_path / "w")


# Damaged files


def test_a_damaged_partial_is_removed_with_a_notice(tmp_path: Path) -> None:
    path, good = save(tmp_path, SHARDS[0]), save(tmp_path, SHARDS[1])
    path.write_bytes(path.read_bytes()[:-1] + b"\x07")
    notices: list[str] = []
    assert [one.shard for one in saved(tmp_path, notices)] == [SHARDS[1]]
    assert notices == [f"{path}: damaged (checksum); removed, it is made anew"]
    assert names(tmp_path) == {good.name, job_file.NAME}


def test_a_shard_under_another_s_name_is_removed_with_a_notice(tmp_path: Path) -> None:
    path = save(tmp_path, SHARDS[0]).rename(tmp_path / "python.0.10-20.partial")
    notices: list[str] = []
    assert saved(tmp_path, notices) == []
    assert notices == [f"{path}: holds shard python.0.0-10; removed, it is made anew"]


def test_nothing_is_removed_where_there_is_another_run_s(tmp_path: Path) -> None:
    damaged = save(tmp_path, SHARDS[0])
    damaged.write_bytes(b"")
    save(tmp_path, SHARDS[1], job=replace(JOB, seed=43))
    refused(tmp_path, "other seed or config")
    assert damaged.exists()


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EMFILE, "raise `ulimit -n` (open files)"),
        (errno.EACCES, "see to that"),
        (errno.ENOMEM, "free memory (or raise `ulimit -v`)"),
    ],
)
def test_a_shard_that_cannot_be_read_now_is_named_and_stays(
    number: int, remedy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example with too many open files; the shard itself is undamaged."""
    path = save(tmp_path, SHARDS[0])
    real = Path.open

    def fail(one: Path, *arguments: Any, **options: Any) -> Any:
        if one == path:
            raise OSError(number, os.strerror(number))
        return real(one, *arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", fail)
        with pytest.raises(
            OutputError,
            match=re.escape(f"{path}: cannot be read ({os.strerror(number)}); {remedy} and run the same command"),
        ):
            saved(tmp_path)
    assert len(saved(tmp_path)) == 1


def test_a_damaged_shard_that_cannot_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(tmp_path, SHARDS[0]).write_bytes(b"")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "unlink", fail)
    with pytest.raises(OutputError, match=r"cannot keep finished shards here \(Read-only file system\)"):
        saved(tmp_path, [])


@pytest.mark.parametrize("is_there", [False, True])
def test_the_folder_is_on_the_disk_before_there_is_a_shard(
    is_there: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An existing folder is flushed, too: an earlier run may have died before it flushed it."""
    if is_there:
        (tmp_path / "w").mkdir()
    flushed: list[int] = []
    fsync = os.fsync

    def remember(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_ino)
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", remember)
    with work_folder.open_folder(tmp_path / "w") as folder:
        saved(folder)
        assert tmp_path.stat().st_ino in flushed


def test_half_written_files_are_removed(tmp_path: Path) -> None:
    save(tmp_path, SHARDS[0])
    half = (".python.0.10-20.partial.tmp", ".python.0.10-20.partial.tokstats.tmp", ".job.json.tmp", work_folder.SPILL)
    for name in half:
        (tmp_path / name).write_bytes(b"half")
    assert len(saved(tmp_path)) == 1
    assert names(tmp_path) == {"python.0.0-10.partial", job_file.NAME}
