"""`validate` says what `collect` would do, with folders that cannot be written and limits of the machine."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.places import Place
from support.validation import bad_column, checks_of, keep_shards, report

from tokstats_parallel.commands.main import main
from tokstats_parallel.corpus.corpus import open_corpus
from tokstats_parallel.errors import CorpusError
from tokstats_parallel.validate import machine, measure
from tokstats_parallel.validate.check import CheckStatus


def refusing(folder: Path, real: Callable[..., Any]) -> Callable[..., Any]:
    """Returns `tempfile.TemporaryFile` for a user who cannot write into a folder."""

    def temporary(*arguments: Any, dir: Path | None = None, **options: Any) -> Any:  # noqa: A002 - as tempfile has it
        if dir == folder:
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
        return real(*arguments, dir=dir, **options)

    return temporary


@pytest.fixture
def read_only_cache(place: Place, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = place.folder / "cache"
    for language in ("python", "go"):
        open_corpus(place.folder / "train", language, cache_dir=cache)
    monkeypatch.setattr(tempfile, "TemporaryFile", refusing(cache, tempfile.TemporaryFile))
    return cache


def test_a_cache_that_has_all_rows_need_not_be_written(place: Place, read_only_cache: Path) -> None:
    checks = checks_of(place, quick=False)
    assert checks["cache"] == (CheckStatus.OK, f"{read_only_cache}: has the rows of all languages", "")
    assert not report(place).failures


def test_a_cache_that_lacks_a_language_must_be_written(place: Place, read_only_cache: Path) -> None:
    place.corpus("go", pa.array(["other rows", "than before"] * 20))
    status, detail, _ = checks_of(place)["cache"]
    assert (status, detail) == (CheckStatus.FAILED, f"{read_only_cache}: cannot be written (Permission denied)")


def test_a_text_that_is_damaged_in_the_cache_is_converted_again(place: Place, read_only_cache: Path) -> None:
    path = open_corpus(place.folder / "train", "go", cache_dir=read_only_cache).handle.path
    content = bytearray(path.read_bytes())
    at = content.index(b"row") if b"row" in content else len(content) // 3
    content[at] ^= 1
    path.write_bytes(content)
    checks = checks_of(place)
    assert checks["data of go"][1].endswith("not converted yet")
    assert checks["cache"][0] is CheckStatus.FAILED


def test_a_cache_file_that_cannot_be_read_now(
    place: Place, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("tokstats_parallel.corpus.cache_file.read_seal", fail)
    status, detail, remedy = checks_of(place)["cache"]
    assert status is CheckStatus.FAILED
    assert main(["collect", str(place.config), *place.options, "--num-batches", "3", "--quiet"]) == 1
    assert f"{detail}; {remedy}" in capsys.readouterr().err


def test_a_cached_corpus_without_text(place: Place) -> None:
    bad_column(pa.array([" "] * 3000))(place)
    with pytest.raises(CorpusError, match="no non-empty text") as caught:
        open_corpus(place.folder / "train", "go", cache_dir=place.folder / "cache")
    status, detail, remedy = checks_of(place)["data of go"]
    assert (status, f"{detail}; {remedy}") == (CheckStatus.FAILED, str(caught.value))


@pytest.mark.parametrize("exists", [False, True])
def test_a_work_folder_that_cannot_be_written(exists: bool, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    work = place.folder / "shards" / "work"
    work.parent.mkdir()
    if exists:
        keep_shards(place, "--work-dir", str(work))
    monkeypatch.setattr(tempfile, "TemporaryFile", refusing(work if exists else work.parent, tempfile.TemporaryFile))
    status, detail, _ = checks_of(place, work_dir=work)["work folder"]
    assert (status, detail) == (
        CheckStatus.FAILED,
        f"{work}: cannot keep finished shards here (Permission denied)",
    )


def test_partials_on_a_disk_of_their_own(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The output's disk has room for the result; the work folder's disk has none for the partials."""
    other = place.folder / "other"
    other.mkdir()
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(machine, "_other_disk", lambda _work, _folder: other)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=10 if folder == other else 10**12))
    status, detail, remedy = checks_of(place, quick=False, work_dir=other / "work")["output"]
    assert status is CheckStatus.FAILED
    assert detail.startswith(f"{other / 'work'}; about ")
    assert remedy == "make room, or choose another --work-dir"


def test_memory_for_one_worker_is_enough_for_a_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    estimate = report(place, quick=False).estimate
    assert estimate
    monkeypatch.setattr(machine, "measure_free_memory", lambda: int(1.5 * estimate.worker_bytes))
    assert machine.check_memory(1, estimate).status is CheckStatus.OK
    two = machine.check_memory(2, estimate)
    assert (two.status, two.remedy) == (CheckStatus.WARNING, "use --workers 1, or free memory")
    assert two.detail.endswith("a run would go on with fewer workers")


def test_processes_that_the_system_refuses(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(measure, "_Process", refuse)
    status, detail, remedy = checks_of(place, quick=False)["time"]
    assert status is CheckStatus.FAILED
    assert "no worker process can be started (Resource temporarily unavailable)" in detail
    assert "`ulimit -u`" in remedy
