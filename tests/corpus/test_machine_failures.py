"""Failures of the machine while data are read: none is blamed on the data, and the line says which limit to raise."""

import errno
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.corpora import ROWS, text_table, write_parquet, write_saved

from tokstats_parallel.corpus import conversion, readers
from tokstats_parallel.corpus.corpus import Corpus, open_corpus
from tokstats_parallel.corpus.handle import CorpusHandle
from tokstats_parallel.errors import CorpusError

NO_THREAD = pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable")
THREADS = "Resource temporarily unavailable); raise `ulimit -u` (processes and threads) and run the same command again"
FILES = "Too many open files); raise `ulimit -n` (open files) and run the same command again"
MEMORY = "Cannot allocate memory); free memory (or raise `ulimit -v`) and run the same command again"


def failing(error: Exception) -> Any:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def failure(data: Path) -> str:
    with pytest.raises(CorpusError) as caught:
        open_corpus(data, "go", cache_dir=data / "cache")
    return str(caught.value)


FAILURES = [
    (NO_THREAD, THREADS),
    (OSError(errno.EMFILE, "x"), FILES),
    (pa.ArrowMemoryError("malloc of size 64 failed"), MEMORY),
    (MemoryError(), MEMORY),
]


@pytest.mark.parametrize(("error", "line"), FAILURES, ids=repr)
def test_parquet(error: Exception, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(tmp_path / "go.parquet")
    monkeypatch.setattr(readers, "open_parquet", failing(error))
    assert failure(tmp_path) == f"go.parquet: cannot be read now ({line}"


@pytest.mark.parametrize(("error", "line"), FAILURES, ids=repr)
def test_a_saved_dataset(error: Exception, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_saved(tmp_path / "go", text_table(ROWS))
    monkeypatch.setattr(pa, "memory_map", failing(error))
    assert failure(tmp_path).endswith(f": cannot be read now ({line}")


def test_the_check_of_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_parquet(tmp_path / "go.parquet")
    monkeypatch.setattr(conversion, "_check_text", failing(pa.ArrowMemoryError("malloc of size 64 failed")))
    assert failure(tmp_path) == f"go.parquet: cannot be read now ({MEMORY}"


@pytest.mark.parametrize("name", ["state.json", "data-00000-of-00002.arrow"])
def test_a_listing_and_a_file_that_cannot_be_looked_at(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_saved(tmp_path / "go", text_table(ROWS))
    real_text, real_stat = Path.read_text, Path.stat

    def read_text(path: Path, *arguments: Any, **options: Any) -> str:
        if path.name == name:
            raise OSError(errno.EMFILE, "x")
        return real_text(path, *arguments, **options)

    def stat(path: Path, **options: Any) -> os.stat_result:
        if path.name == name == "data-00000-of-00002.arrow":
            raise OSError(errno.EMFILE, "x")
        return real_stat(path, **options)

    monkeypatch.setattr(Path, "read_text", read_text)
    monkeypatch.setattr(Path, "stat", stat)
    assert "raise `ulimit -n` (open files) and run the same command again" in failure(tmp_path)


def test_a_row_that_cannot_be_read_now() -> None:
    class Column:
        row = staticmethod(failing(OSError("the text column's file cannot be read: Input/output error (os error 5)")))

    handle = CorpusHandle(language="go", path=Path("/x.arrow"), cached=True, fingerprint="", rows=1)
    with pytest.raises(CorpusError) as caught:
        Corpus(handle, Column())[0]  # type: ignore[arg-type]
    assert str(caught.value) == (
        "/x.arrow: cannot be read now (Input/output error); see to the disk and run the same command again"
    )
