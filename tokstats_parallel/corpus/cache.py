"""The cache folder: every source's rows, converted once, for all runs and all their processes.

A file's name, `tokstats-{digest}.arrow`, is that of a language and its source's identity: a source that
changes gets another file. It is written as `tokstats-{digest}.tmp` (see `temporary`). Invariants:

1. A `.arrow` file is whole and on the disk: it got its name, by renaming, after it was flushed.
2. A file is converted by one process at a time; the others wait, and then use what it has made.
3. What a killed process leaves is never taken for a whole file; the next conversion into the folder removes
   it.
4. No file whose name is of another form is ever touched.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from tokstats_parallel.corpus.cachefile import (
    CacheFile,
    DamagedError,
    OtherFormatError,
    Seal,
    check_text,
    load,
    read_seal,
    write,
)
from tokstats_parallel.corpus.conversion import Conversion, Progress
from tokstats_parallel.corpus.sources import Source, open_source
from tokstats_parallel.errors import CorpusError, reason
from tokstats_parallel.system.atomic import flush
from tokstats_parallel.system.file_lock import claimed, remove_if_left

Notify = Callable[[str], None]
State = Literal["current", "changed", "missing", "outdated", "damaged", "unreadable"]

_OWN_FILE = re.compile(r"tokstats-[0-9a-f]{32}\.(arrow|tmp)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheEntry:
    """A converted source in the cache.

    Attributes:
        path: the cache file.
        file_bytes: its size on disk.
        created: when it was made.
        seal: whose rows it holds, and how many; None where the file is damaged, or its seal is not read any more, or
            cannot be read now.
        state: `current`; or the source has `changed` since, or is `missing`; or the file is `damaged`, or `outdated`:
            of a format that this version does not read; or `unreadable`: the system refuses to read it now.
    """

    path: Path
    file_bytes: int
    created: datetime
    seal: Seal | None
    state: State


def default_cache_dir() -> Path:
    """The project's folder in the user's cache: below `XDG_CACHE_HOME`, or else `~/.cache`."""
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():  # to be ignored, says the XDG specification
        try:
            base = Path.home() / ".cache"
        except RuntimeError as error:
            raise CorpusError("no home folder for the cache; give --cache-dir DIR or --no-cache") from error
    return base / "tokstats-parallel"


def cached_file(cache_dir: Path, source: Source) -> Path:
    """Where the rows of `source`, as it is now, are kept in the cache."""
    digest = hashlib.sha256(f"{source.language}\n{source.identity}".encode()).hexdigest()
    return cache_dir / f"tokstats-{digest[:32]}.arrow"


def obtain(
    source: Source, cache_dir: Path, *, threads: int = 1, on_progress: Progress | None, notify: Notify
) -> CacheFile:
    """The cache file of `source`, converted first where it is not there or is damaged; `threads` check what is there.

    Raises:
        CorpusError: the source cannot be used, or the cache folder cannot be written.
    """
    path = cached_file(cache_dir, source)
    with _usable(cache_dir):
        opened = _load_whole(path, threads=threads)
        if opened is None:
            _make(path, Conversion(source, on_progress), notify)
            opened = load(path)  # by us or by the run that we waited for, which has checked it
    return opened


def list_cache(cache_dir: Path | None = None) -> list[CacheEntry]:
    """All entries, by language, then age; none where there is no such folder.

    Raises:
        CorpusError: the folder cannot be read.
    """
    folder = cache_dir or default_cache_dir()
    with _usable(folder):
        entries = [entry for path in _own_files(folder, ".arrow") if (entry := _entry(path))]
    return sorted(entries, key=lambda entry: (entry.seal.language if entry.seal else "", entry.created))


def clear_cache(cache_dir: Path | None = None) -> int:
    """Removes all entries, and what died processes left; returns the number of bytes freed.

    A file that is being written stays. Runs under way go on with the files that they have opened.

    Raises:
        CorpusError: a file cannot be removed.
    """
    folder = cache_dir or default_cache_dir()
    with _usable(folder):
        freed = _remove_left_over(folder)
        for path in _own_files(folder, ".arrow"):
            freed += path.stat().st_size
            path.unlink()
    return freed


def _load_whole(path: Path, notify: Notify = lambda _line: None, *, threads: int = 1) -> CacheFile | None:
    """The cache file `path`, checked; None where there is none, or where `notify` is told what is wrong with it."""
    try:
        file = load(path)
        check_text(file, threads)
    except FileNotFoundError:
        return None
    except OtherFormatError as error:
        notify(str(error).partition(";")[0])
        return None
    except DamagedError:
        notify(f"{path}: damaged cache file")
        return None
    return file


def _make(path: Path, conversion: Conversion, notify: Notify) -> None:
    """Puts the cache file at `path`, unless another process has done so by the time that it is our turn."""
    language = conversion.source.language
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_left_over(path.parent)
    with claimed(
        path.with_suffix(".tmp"),
        on_wait=lambda: notify(f"another run is converting the rows of {language!r}: waiting for it"),
    ) as temporary:
        if _load_whole(path, lambda flaw: notify(f"{flaw}; converting the rows of {language!r} again")):
            return
        write(temporary, conversion)
        temporary.replace(path)
        flush(path.parent)


def _remove_left_over(folder: Path) -> int:
    """Removes what died processes were writing, and returns its size in bytes."""
    return sum(map(remove_if_left, _own_files(folder, ".tmp")))


def _own_files(folder: Path, suffix: str) -> list[Path]:
    files = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in files if _OWN_FILE.fullmatch(path.name) and path.suffix == suffix)


def _entry(path: Path) -> CacheEntry | None:
    """What is known of a cache file; None where it has been removed meanwhile."""
    try:
        status = path.stat()
        seal, state = _checked_seal(path)
    except FileNotFoundError:
        return None
    created = datetime.fromtimestamp(status.st_mtime, UTC)
    return CacheEntry(path=path, file_bytes=status.st_size, created=created, seal=seal, state=state)


def _checked_seal(path: Path) -> tuple[Seal | None, State]:
    try:
        seal = read_seal(path)
    except OtherFormatError:
        return None, "outdated"
    except DamagedError:
        return None, "damaged"
    except FileNotFoundError:
        raise
    except OSError:
        return None, "unreadable"
    source = Path(seal.source)
    try:
        if not source.exists():
            return seal, "missing"
        same = open_source(seal.language, source).identity == seal.identity
    except (CorpusError, OSError):
        same = False
    return seal, "current" if same else "changed"


@contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """Turns an error of the file system in the cache folder into one line with the ways out."""
    try:
        yield
    except OSError as error:
        raise CorpusError(
            f"{folder}: cannot use this cache folder ({reason(error)}); "
            "choose another with --cache-dir DIR, or do without it with --no-cache"
        ) from error
