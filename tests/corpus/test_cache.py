"""The cache: a source is converted once, whole or not at all, by any number of processes, killed at any moment."""

import errno
import fcntl
import hashlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Never

import numpy as np
import pyarrow as pa
import pytest
from support.corpora import ROWS, rows_of, text_table, write_parquet, write_saved, write_several
from support.streams import column

from tokstats_parallel.corpus import cache_file, conversion
from tokstats_parallel.corpus.cache import clear_cache, default_cache_dir, list_cache
from tokstats_parallel.corpus.corpus import Corpus, open_corpus, open_handle
from tokstats_parallel.corpus.language_files import open_source
from tokstats_parallel.errors import CorpusError
from tokstats_parallel.system.claims import claim_file
from tokstats_parallel.system.claims.claim_file import Claim
from tokstats_parallel.system.file_lock import locked_file
from tokstats_parallel.system.process_identity import this_process

# Converts `go` in the folder argv[1], with a pause of argv[2] seconds after each block of some rows.
CONVERT = """
import sys, time
from pathlib import Path
from tokstats_parallel.corpus import conversion
from tokstats_parallel.corpus.corpus import open_corpus

conversion.BLOCK_BYTES = 20_000
data, pause = Path(sys.argv[1]), float(sys.argv[2])
print("ready", flush=True)
corpus = open_corpus(
    data, "go", cache_dir=data / "cache",
    on_progress=lambda *_: time.sleep(pause), notify=lambda line: print(line, flush=True),
)
print("rows", len(corpus), corpus.fingerprint, flush=True)
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_parquet(tmp_path / "go.parquet")
    return tmp_path


@pytest.fixture
def start() -> Iterator[Callable[[Path, float], subprocess.Popen[str]]]:
    """Starts conversions in processes of their own, each about to begin; ends them all after the test."""
    processes: list[subprocess.Popen[str]] = []

    def run(data: Path, pause: float) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", CONVERT, str(data), str(pause)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        processes.append(process)
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        return process

    yield run
    for process in processes:
        with process:
            process.kill()


def cached(data: Path, **options: Callable[..., None]) -> Corpus:
    return open_corpus(data, "go", cache_dir=data / "cache", **options)  # type: ignore[arg-type]


def names(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "cache").iterdir())


def never(*_: object) -> None:
    pytest.fail("must not be called")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def wait_for(path: Path, pattern: str) -> None:
    """Waits until there is such a file."""
    deadline = time.monotonic() + 20
    while not any(path.glob(pattern)):
        assert time.monotonic() < deadline, f"no {pattern} in {path}"
        time.sleep(0.002)


def test_the_second_time_nothing_is_converted(data: Path) -> None:
    first = cached(data)
    second = cached(data, on_progress=never, notify=never)
    assert second.handle == first.handle
    assert names(data) == [first.handle.path.name]


def test_the_same_source_gives_the_same_bytes(data: Path) -> None:
    path = cached(data).handle.path
    before = path.read_bytes()
    path.unlink()
    assert cached(data).handle.path == path
    assert path.read_bytes() == before


def test_many_record_batches(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "BLOCK_BYTES", 100)
    corpus = cached(data)
    assert pa.ipc.open_file(corpus.handle.path).num_record_batches > 20
    assert rows_of(corpus) == list(ROWS)
    assert rows_of(open_handle(corpus.handle)) == list(ROWS)


# Sources that change


def replaced(path: Path) -> None:
    write_parquet(path / "go.parquet", ["new", *ROWS[1:]])


def touched(path: Path) -> None:
    os.utime(path / "go.parquet", (1, 1))


def copied_over_with_its_times(path: Path) -> None:
    file = path / "go.parquet"
    status = file.stat()
    content = file.read_bytes().replace(b"def f", b"def g")
    file.write_bytes(content)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert file.stat().st_size == status.st_size


@pytest.mark.parametrize("change", [replaced, touched, copied_over_with_its_times])
def test_a_changed_file_is_converted_again(change: Callable[[Path], None], data: Path) -> None:
    write_parquet(data / "go.parquet", compression="none")
    first = cached(data)
    change(data)
    second = cached(data)
    assert second.handle.path != first.handle.path
    assert (second.fingerprint == first.fingerprint) is (change is touched)
    assert rows_of(first) == list(ROWS)


def test_changed_folders_are_converted_again(tmp_path: Path) -> None:
    fingerprints = set()
    write_several(tmp_path / "go")
    fingerprints.add(cached(tmp_path).fingerprint)
    write_parquet(tmp_path / "go" / "part-9.parquet", ["one more"])
    fingerprints.add(cached(tmp_path).fingerprint)
    write_saved(tmp_path / "saved", text_table(ROWS[1:]))
    (tmp_path / "go").rename(tmp_path / "old")
    (tmp_path / "saved").rename(tmp_path / "go")
    fingerprints.add(cached(tmp_path).fingerprint)
    assert len(fingerprints) == 3


# Damage


def truncated(content: bytes) -> bytes:
    return content[: len(content) // 2]


def without_seal(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    file = pa.ipc.open_file(content)
    with pa.ipc.new_file(sink, file.schema) as writer:
        writer.write_batch(file.get_batch(0))
    return bytes(sink.getvalue())


def of_another_format(content: bytes) -> bytes:
    return content.replace(b'"format": 5', b'"format": 4')


def of_an_older_schema(_content: bytes) -> bytes:
    """A file of format 1: a column of text alone, and a seal."""
    seal = b'{"language": "go", "source": "x", "identity": "y", "rows": 0, "format": 1}'
    schema = pa.schema([("text", pa.large_string())])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, schema) as writer:
        nothing = pa.record_batch([pa.nulls(0, pa.large_string())], schema=schema)
        writer.write_batch(nothing, custom_metadata={b"tokstats-parallel": seal})
    return bytes(sink.getvalue())


def of_a_newer_format(content: bytes) -> bytes:
    return content.replace(b'"format": 5', b'"format": 9')


def with_fewer_rows(content: bytes) -> bytes:
    rows = len(ROWS)
    return content.replace(b'"rows": %d' % rows, b'"rows": %d' % (rows - 1))


def with_falling_offsets(content: bytes) -> bytes:
    first_lengths = b"".join(sum(len(row.encode()) for row in ROWS[:end]).to_bytes(8, "little") for end in (2, 3))
    assert content.count(first_lengths) == 1
    return content.replace(first_lengths, first_lengths[8:] + first_lengths[:8])


DAMAGE = {
    "empty": lambda _: b"",
    "something else": lambda _: b"text\n" * 100,
    "zeros": lambda content: bytes(len(content)),
    "longer": lambda content: content + b"\0",
    "truncated": truncated,
    "without seal": without_seal,
    "with fewer rows": with_fewer_rows,
    "with falling offsets": with_falling_offsets,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_made_again(name: str, data: Path) -> None:
    corpus = cached(data)
    path = corpus.handle.path
    whole = path.read_bytes()
    damaged = DAMAGE[name](whole)
    assert damaged != whole
    path.write_bytes(damaged)
    with pytest.raises(CorpusError, match="run again to rebuild it") as caught:
        open_handle(corpus.handle)
    assert "\n" not in str(caught.value)

    lines: list[str] = []
    assert cached(data, notify=lines.append).fingerprint == corpus.fingerprint
    assert lines == [f"{path}: damaged cache file; converting the rows of 'go' again"]
    assert path.read_bytes() == whole
    assert names(data) == [path.name]


OTHERS: dict[Callable[[bytes], bytes], str] = {
    of_another_format: "older format (4 there, 5 here)",
    of_an_older_schema: "older format (1 there, 5 here)",
    of_a_newer_format: "newer format (9 there, 5 here)",
}


@pytest.mark.parametrize("made", OTHERS)
def test_a_file_of_another_format_is_made_again(made: Callable[[bytes], bytes], data: Path) -> None:
    """The notice does not call it damaged."""
    corpus = cached(data)
    path = corpus.handle.path
    whole = path.read_bytes()
    path.write_bytes(made(whole))
    with pytest.raises(CorpusError) as caught:
        open_handle(corpus.handle)
    assert str(caught.value) == f"{path}: cache file of {OTHERS[made]}; run again to rebuild it"
    assert [(entry.state, entry.seal) for entry in list_cache(data / "cache")] == [("outdated", None)]

    lines: list[str] = []
    assert cached(data, notify=lines.append).fingerprint == corpus.fingerprint
    assert lines == [f"{path}: cache file of {OTHERS[made]}; converting the rows of 'go' again"]
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    ("error", "why", "remedy"),
    [
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files", "raise `ulimit -n` (open files)"),
        (OSError(errno.EIO, "Input/output error"), "Input/output error", "see to the disk"),
        (OSError(errno.EINTR, "Interrupted system call"), "Interrupted system call", "wait a moment"),
        (
            pa.ArrowMemoryError("malloc of size 64 failed"),
            "Cannot allocate memory",
            "free memory (or raise `ulimit -v`)",
        ),
        (
            pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable"),
            "Resource temporarily unavailable",
            "raise `ulimit -u` (processes and threads)",
        ),
        (
            RuntimeError("can't start new thread"),
            "Resource temporarily unavailable",
            "raise `ulimit -u` (processes and threads)",
        ),
    ],
    ids=str,
)
def test_a_file_that_cannot_be_read_now_is_not_damaged(
    error: Exception, why: str, remedy: str, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it would be converted again in vain."""
    corpus = cached(data)
    whole = corpus.handle.path.read_bytes()

    def no_file(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(pa, "OSFile", no_file)
        with pytest.raises(CorpusError, match=re.escape(f"cannot use this cache folder ({why}); {remedy} and")):
            cached(data)
        corpus.handle.path.touch()
        with pytest.raises(CorpusError, match=re.escape(f"the cache file cannot be read ({why}); {remedy} and")):
            open_handle(corpus.handle)
    assert corpus.handle.path.read_bytes() == whole


@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE, errno.ENFILE, errno.ENOMEM])
def test_a_file_that_cannot_be_read_now_is_listed(number: int, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is listed beside the other files, which are not affected."""
    unreadable = cached(data).handle.path
    write_parquet(data / "python.parquet")
    other = open_corpus(data, "python", cache_dir=data / "cache").handle.path
    real = pa.OSFile

    def refused(path: bytes, *arguments: str) -> pa.NativeFile:
        if path == bytes(unreadable):
            raise OSError(number, os.strerror(number))
        return real(path, *arguments)

    monkeypatch.setattr(pa, "OSFile", refused)
    first, second = list_cache(data / "cache")
    assert (first.path, first.state, first.seal) == (unreadable, "unreadable", None)
    assert (second.path, second.state) == (other, "current")


def test_a_folder_that_cannot_be_read_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This is a cache folder, or the folder of a source, which then counts as changed."""
    cached(data)

    def refused(_path: Path) -> Never:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    with monkeypatch.context() as patched:
        patched.setattr(Path, "exists", refused)
        assert [entry.state for entry in list_cache(data / "cache")] == ["changed"]
    monkeypatch.setattr(Path, "iterdir", refused)
    with pytest.raises(CorpusError, match=r"cache: cannot use this cache folder \(Permission denied\)"):
        list_cache(data / "cache")


@pytest.mark.parametrize("other", ["日本誤".encode(), b"\xff" * 9])
def test_text_damaged_in_place_is_noticed(other: bytes, data: Path) -> None:
    corpus = cached(data)
    path = corpus.handle.path
    whole = path.read_bytes()
    path.write_bytes(whole.replace("日本語".encode(), other))
    lines: list[str] = []
    assert cached(data, notify=lines.append)[4] == ROWS[4]
    assert lines == [f"{path}: damaged cache file; converting the rows of 'go' again"]
    assert path.read_bytes() == whole


def test_a_byte_of_any_buffer_is_noticed(data: Path) -> None:
    write_parquet(data / "go.parquet", [*ROWS, " é" * 3000])
    path = cached(data).handle.path
    whole = path.read_bytes()
    seal = cache_file.read_seal(path)
    ((offsets, text, checkpoints, entries, rows),) = seal.blocks
    assert entries - checkpoints == 8 * 4  # of the last row, whose 8,999 bytes are not ASCII
    sizes = {offsets: 8 * rows + 8, text: seal.text_bytes, checkpoints: entries - checkpoints, entries: 32 * rows}
    for begin, size in sizes.items():
        for offset in (begin, begin + size // 2, begin + size - 1):
            path.write_bytes(whole[:offset] + bytes([whole[offset] ^ 1]) + whole[offset + 1 :])
            with pytest.raises(CorpusError, match="run again to rebuild it"):
                cache_file.check_text(cache_file.load(path))
    path.write_bytes(whole)
    cache_file.check_text(cache_file.load(path))


def test_the_row_index_is_that_of_the_rows(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every block of a file has the row index and the checkpoints of its definition."""
    monkeypatch.setattr(conversion, "BLOCK_BYTES", 9000)
    texts = [*ROWS, " é" * 3000, "\u3000", "\x1f", "日本 " * 2000]
    write_parquet(data / "go.parquet", texts)
    file = pa.ipc.open_file(cached(data).handle.path)
    blocks = [file.get_batch(index) for index in range(file.num_record_batches - 1)]
    assert len(blocks) > 3
    assert [text for block in blocks for text in block["text"].to_pylist()] == texts
    for block in blocks:
        at, checkpoints_before = 0, 0
        for row in block.to_pylist():
            raw, visible = row["text"].encode(), row["text"].strip()
            front = len(raw) - len(row["text"].lstrip().encode())
            entry = np.frombuffer(row["record"], "<u8").tolist()
            assert entry == [at + front, len(visible.encode()), len(visible), checkpoints_before]
            is_ascii = entry[1] == entry[2]
            sizes = range(2048, 1 if is_ascii else len(visible.encode()), 2048)
            assert np.frombuffer(row["marks"], "<u8").tolist() == [begun(visible, size) for size in sizes]
            at += len(raw)
            checkpoints_before += len(row["marks"]) // 8


def begun(text: str, size: int) -> int:
    """The number of characters that begin in the first `size` bytes of a text."""
    return int(np.count_nonzero(np.frombuffer(text.encode()[:size], np.uint8) & 0xC0 != 0x80))


def test_a_row_damaged_in_place_in_a_large_file_is_named(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_file, "_MAX_CHECKED_BYTES", 0)
    path = cached(data).handle.path
    path.write_bytes(path.read_bytes().replace("日本語".encode(), b"\xff" * 9))
    with pytest.raises(CorpusError, match=r"row 4\b.*remove this file and run again"):
        cached(data)[4]


def test_a_handle_of_a_file_that_was_made_again(data: Path) -> None:
    """It is another file by its identity, but has the same rows by its seal."""
    handle = cached(data).handle
    handle.path.unlink()
    assert cached(data).handle.file_identity != handle.file_identity
    assert list(rows_of(open_handle(handle))) == list(ROWS)


def test_checksums_are_those_of_the_rows(data: Path) -> None:
    path = cached(data).handle.path
    file = cache_file.load(path)
    assert len(file.seal.checksums) == len(file.seal.blocks)
    assert column(ROWS).checksums() == list(file.seal.checksums)
    cache_file.check_text(file)


def test_a_handle_of_a_file_that_is_gone_or_another(data: Path) -> None:
    corpus = cached(data)
    replaced(data)
    other = cached(data)
    other.handle.path.replace(corpus.handle.path)
    with pytest.raises(CorpusError, match="the rows of 'go' changed during the run; run again"):
        open_handle(corpus.handle)
    with pytest.raises(CorpusError, match="the cache file is gone; run again"):
        open_handle(other.handle)


# The folder


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT])
@pytest.mark.parametrize("where", ["write", "flush"])
def test_a_folder_that_cannot_be_written(where: str, code: int, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path, *_: object) -> None:
        path.write_bytes(b"begun")
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(f"tokstats_parallel.corpus.{'cache.write' if where == 'write' else 'cache_file.flush'}", fail)
    with pytest.raises(CorpusError) as caught:
        cached(data)
    assert str(caught.value) == (
        f"{data / 'cache'}: cannot use this cache folder ({os.strerror(code)}); "
        "choose another with --cache-dir DIR, or do without it with --no-cache"
    )
    assert names(data) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_by_its_number(data: Path) -> None:
    source = open_source("go", data / "go.parquet")
    with pytest.raises(OSError, match="No space left") as caught:
        cache_file.write(Path("/dev/full"), conversion.Conversion(source))
    assert caught.value.errno == errno.ENOSPC


def test_a_folder_that_is_a_file(data: Path) -> None:
    (data / "cache").touch()
    with pytest.raises(CorpusError, match=r"cannot use this cache folder .*--no-cache"):
        cached(data)


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("", "relative"):
        monkeypatch.setenv("XDG_CACHE_HOME", value)
        assert default_cache_dir() == tmp_path / ".cache" / "tokstats-parallel"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert default_cache_dir() == tmp_path / "xdg" / "tokstats-parallel"
    write_parquet(tmp_path / "go.parquet")
    assert open_corpus(tmp_path, "go").handle.path.parent == default_cache_dir()


# Several processes


def test_two_processes_convert_once(data: Path, start: Callable[[Path, float], subprocess.Popen[str]]) -> None:
    write_parquet(data / "go.parquet", ROWS * 20)
    first = start(data, 0.03)
    wait_for(data / "cache", "*.tmp")
    second = start(data, 0.03)
    outputs = [process.communicate()[0].splitlines() for process in (first, second)]
    assert outputs[1][0] == "another run is converting the rows of 'go': waiting for it"
    assert outputs[0] == outputs[1][1:] == [f"rows {len(ROWS) * 20} {cached(data).fingerprint}"]
    assert len(names(data)) == 1


def test_killed_at_any_moment(data: Path, start: Callable[[Path, float], subprocess.Popen[str]]) -> None:
    seed = int(os.environ["TEST_SEED"])
    moments = random.Random(seed)  # noqa: S311 - moments, not secrets
    write_parquet(data / "go.parquet", ROWS * 20)
    start(data, 0).communicate()
    whole = digest(*(data / "cache").iterdir())
    clear_cache(data / "cache")
    digests: list[str] = []
    for _ in range(int(os.environ.get("TEST_KILLS", "5"))):
        process = start(data, 0.005)
        time.sleep(moments.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert len(list((data / "cache").glob("*"))) <= 2, "a claim, and what it holds"
        for path in (data / "cache").glob("*.arrow"):
            digests.append(digest(path))
            path.unlink()
    start(data, 0).communicate()
    (path,) = (data / "cache").iterdir()
    assert {*digests, digest(path)} == {whole}


def test_what_a_killed_process_left_is_removed(
    data: Path, start: Callable[[Path, float], subprocess.Popen[str]]
) -> None:
    write_parquet(data / "go.parquet", ROWS * 20)
    process = start(data, 0.05)
    wait_for(data / "cache", "*.tmp")
    left = names(data)
    assert clear_cache(data / "cache") == 0
    assert names(data) == left, "a living process needs them"
    process.kill()
    process.communicate()
    assert names(data) == left
    assert [name.split(".")[-1] for name in left][1:] == ["tmp"]
    replaced(data)
    corpus = cached(data)
    assert names(data) == [corpus.handle.path.name] != [f"{left[0].split('.')[0]}.arrow"]


@pytest.mark.parametrize("silent", [False, True])
def test_what_a_process_on_another_machine_writes_stays_until_it_is_silent(silent: bool, data: Path) -> None:
    path = cached(data).handle.path
    elsewhere = Claim(writer="far-1", process=replace(this_process(), host="far"))
    claim = claim_file.path_of(path.parent, path.stem, 3)
    claim_file.make(claim, elsewhere)
    if silent:
        os.utime(claim, (1, 1))
    for writer in ("far-1", "other-2"):
        path.with_suffix(f".{writer}.tmp").write_text("begun")
    written = [] if silent else [claim.name, path.with_suffix(".far-1.tmp").name]
    size = path.stat().st_size
    assert clear_cache(data / "cache") == size + 5 + 5 * silent
    assert names(data) == written


def test_two_machines_that_convert_one_source_do_not_meet(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them was suspended for so long that the other took over, or the folder was cleared meanwhile."""
    real = cache_file.write
    paths = []

    def write(path: Path, converting: conversion.Conversion) -> None:
        paths.append(path)
        real(path, converting)
        if len(paths) == 1:
            (claim,) = path.parent.glob("*.claim-1")
            claim.unlink()
            assert rows_of(cached(data)) == list(ROWS)
            assert not path.exists()

    monkeypatch.setattr("tokstats_parallel.corpus.cache.write", write)
    corpus = cached(data)
    assert rows_of(corpus) == list(ROWS)
    assert len(set(paths)) == 2
    assert names(data) == [corpus.handle.path.name]


def test_a_file_system_without_locks_will_do(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(*_: object) -> Never:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert rows_of(cached(data)) == list(ROWS)


def test_a_temporary_file_that_gets_another_owner(tmp_path: Path) -> None:
    path = tmp_path / "x.tmp"
    with locked_file(path, on_wait=never) as mine:
        mine.replace(tmp_path / "x")
        with locked_file(path, on_wait=never) as other:
            other.write_text("other's")
            assert (tmp_path / "x").read_text() == ""
        assert not path.exists()
    with locked_file(path, on_wait=never):
        path.unlink()
        path.write_text("not ours")
    assert path.read_text() == "not ours"


# Listing and clearing


def test_the_list(data: Path) -> None:
    assert list_cache(data / "cache") == []
    current = cached(data)
    write_parquet(data / "c++.parquet")
    gone = open_corpus(data, "c++", cache_dir=data / "cache")
    (data / "c++.parquet").unlink()
    entries = list_cache(data / "cache")
    assert [(entry.path, entry.state) for entry in entries] == [
        (gone.handle.path, "missing"),
        (current.handle.path, "current"),
    ]
    seal = entries[1].seal
    assert seal
    assert (seal.language, seal.source) == ("go", str((data / "go.parquet").resolve()))
    assert (seal.rows, seal.text_bytes) == (len(ROWS), sum(len(row.encode()) for row in ROWS))
    assert entries[1].file_bytes == current.handle.path.stat().st_size > seal.text_bytes
    assert abs(entries[1].created.timestamp() - time.time()) < 100


def test_the_list_knows_what_has_changed(data: Path) -> None:
    write_parquet(data / "go.parquet")
    path = cached(data).handle.path
    replaced(data)
    assert [entry.state for entry in list_cache(data / "cache")] == ["changed"]
    (data / "go.parquet").unlink()
    (data / "go.parquet").mkdir()
    assert [entry.state for entry in list_cache(data / "cache")] == ["changed"]
    path.write_bytes(b"")
    (entry,) = list_cache(data / "cache")
    assert (entry.state, entry.seal) == ("damaged", None)


def test_clearing_leaves_what_is_not_its_own(data: Path) -> None:
    corpus = cached(data)
    size = corpus.handle.path.stat().st_size
    others = ["notes.txt", "data.arrow", "x.tmp", "x.claim-1", f"cache-{'0' * 32}.arrow", f"tokstats-{'0' * 31}.arrow"]
    for name in others:
        (data / "cache" / name).write_text("mine")
    written, left, other = (data / "cache" / f"tokstats-{name}.tmp" for name in ("a" * 32, "b" * 32, "a" * 32 + ".x-1"))
    for path in (left, other):
        path.write_text("left over")
    with locked_file(written, on_wait=never):
        assert clear_cache(data / "cache") == size + 2 * len("left over")
        assert names(data) == sorted([*others, written.name])
    assert rows_of(corpus) == list(ROWS)
    assert clear_cache(data / "cache") == 0
    assert clear_cache(data / "nowhere") == 0
