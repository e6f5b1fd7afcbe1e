"""Output paths that are links, or lead to something else than a file."""

import os
import socket
from pathlib import Path

import pytest
from support.old_result import OLD, write_old
from support.runs import make_job, run

from tokstats_parallel.errors import OutputError
from tokstats_parallel.results.paths import OutputPaths
from tokstats_parallel.run.work_folder import lock_folder


def refused(path: Path, message: str) -> None:
    with pytest.raises(OutputError, match=message) as caught:
        OutputPaths.of(path).check_writable()
    assert "\n" not in str(caught.value)
    assert "--output-file" in str(caught.value)


def test_a_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    write_old(scratch / "real.json")
    link, second = tmp_path / "out.json", tmp_path / "second.json"
    link.symlink_to("second.json")
    second.symlink_to(Path("scratch") / "real.json")
    paths = run(make_job(tmp_path / "job", num_batches=5), link).output
    assert (link.is_symlink(), second.is_symlink()) == (True, True)
    assert paths.json == scratch / "real.json"
    assert {path.name for path in scratch.iterdir()} == {"real.json", "real.parquet", "real.manifest.json"}
    assert link.read_bytes() == paths.json.read_bytes() != OLD["out.json"]


def test_each_file_may_be_a_link_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "out.parquet").symlink_to("big/table.parquet")
    (tmp_path / "out.manifest.json").symlink_to("big/facts")
    output = tmp_path / "out.json"
    run(make_job(tmp_path / "job", num_batches=5), output)
    assert (tmp_path / "out.parquet").is_symlink()
    assert {path.name for path in (tmp_path / "big").iterdir()} == {"table.parquet", "facts"}
    assert output.is_file()


def test_runs_through_links_to_one_file_exclude_each_other(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    for name in ("a", "b"):
        (tmp_path / f"{name}.parquet").symlink_to("big/table.parquet")
    job = make_job(tmp_path / "job", num_batches=5)
    for guard in OutputPaths.of(tmp_path / "a.json").guards:
        with lock_folder(guard), pytest.raises(OutputError, match="another run is at work here"):
            run(job, tmp_path / "b.json")
    run(job, tmp_path / "b.json")


def test_a_link_to_a_file_that_is_not_there_yet(tmp_path: Path) -> None:
    link = tmp_path / "out.json"
    link.symlink_to("new.json")
    assert OutputPaths.of(link).json == tmp_path / "new.json"
    link.unlink()
    link.symlink_to("gone/new.json")
    refused(link, r"out\.json: leads to .*gone/new\.json, whose folder does not exist")


def test_links_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "out.json").symlink_to("b.json")
    (tmp_path / "b.json").symlink_to("out.json")
    refused(tmp_path / "out.json", r"out\.json: cannot be used \(Too many levels of symbolic links\)")


@pytest.mark.parametrize("name", ["out.json", "out.parquet", "out.manifest.json"])
@pytest.mark.parametrize("through_link", [False, True])
def test_what_is_no_file_is_named(through_link: bool, name: str, tmp_path: Path) -> None:
    there = tmp_path / "there" if through_link else tmp_path / name
    if through_link:
        (tmp_path / name).symlink_to("there")
    os.mkfifo(there)
    refused(tmp_path / "out.json", rf"{name}: (leads to .*there, which )?is a pipe")
    there.unlink()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(there))
        refused(tmp_path / "out.json", rf"{name}: (leads to .*there, which )?is a socket")
    there.unlink()
    there.mkdir()
    refused(tmp_path / "out.json", rf"{name}: (leads to .*there, which )?is a folder")


def test_a_device_is_named(tmp_path: Path) -> None:
    refused(Path(os.devnull), "/dev/null: is a device")
    (tmp_path / "out.json").symlink_to(os.devnull)
    refused(tmp_path / "out.json", r"out\.json: leads to /dev/null, which is a device")


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="no /proc here")
def test_a_stream_of_a_process_is_refused_whatever_is_behind_it(tmp_path: Path) -> None:
    with (tmp_path / "log.txt").open("w") as file:
        refused(Path(f"/proc/self/fd/{file.fileno()}"), "leads to a stream that is open already")
        (tmp_path / "stdout").symlink_to(f"/dev/fd/{file.fileno()}")
        refused(tmp_path / "stdout", "stdout: leads to a stream that is open already")


def test_the_file_that_stdout_goes_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.json"
    path.touch()
    OutputPaths.of(path).check_writable()
    status, other = path.stat(), tmp_path.stat()
    monkeypatch.setattr(os, "fstat", lambda descriptor: status if descriptor == 1 else other)
    refused(path, r"log\.json: is the file that stdout goes to")


def test_a_dash_is_refused() -> None:
    refused(Path("-"), "-: a result is three files")


def test_a_name_that_is_too_long_for_a_temporary_file_is_refused_at_the_beginning(tmp_path: Path) -> None:
    most = os.pathconf(tmp_path, "PC_NAME_MAX") - len("..manifest.json.tokstats.tmp")
    paths = OutputPaths.of(tmp_path / f"{'x' * most}.json")
    paths.check_writable()
    with pytest.raises(OutputError, match=r"x\.manifest\.json: its name is too long .*; choose a shorter one"):
        OutputPaths.of(tmp_path / f"{'x' * most}x.json").check_writable()


def test_a_folder_of_others_is_not_locked(tmp_path: Path) -> None:
    """The folder beside the output is locked even if the shards are elsewhere."""
    folder = tmp_path / "out.json.work"
    folder.mkdir()
    (folder / "notes.txt").touch()
    job = make_job(tmp_path / "job", num_batches=5)
    with pytest.raises(OutputError, match=r"out\.json\.work: cannot be the work folder, since notes\.txt is in it"):
        run(job, OutputPaths.of(tmp_path / "out.json", tmp_path / "shards"))
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
